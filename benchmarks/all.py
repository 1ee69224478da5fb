"""Run every benchmark on a quiet machine and print a table; `--write` puts it into README.md."""

import subprocess
import sys
from datetime import date
from pathlib import Path

from common import machine

HERE = Path(__file__).resolve().parent
SCRIPTS = (
    "epochs",
    "precision",
    "tutorial",
    "lrn",
    "pytorch",
    "memory",
    "feeding",
    "determinism",
    "gpu",
)
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def main() -> None:
    rows = []
    for name in SCRIPTS:
        print(f"--- {name}", flush=True)
        done = subprocess.run(
            [sys.executable, HERE / f"{name}.py"], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, end="", flush=True)
        if done.returncode:
            sys.exit(f"{name}.py failed with exit status {done.returncode}")
        rows += _rows(name, done.stdout)
    table = _table(rows)
    print(table)
    if "--write" in sys.argv[1:]:
        _write(table)


def _rows(name: str, output: str) -> list[tuple[str, ...]]:
    rows = []
    for line in output.splitlines():
        kind, _, rest = line.partition(" ")
        if kind in ("ratio", "figure"):
            value, text, target, _ = rest.split(" | ")
            rows.append((text, value, target.removeprefix("target "), f"`{name}.py`"))
    if not rows:
        rows.append((f"{name}: {output.strip().splitlines()[0]}", "not measured", "", name))
    return rows


def _table(rows: list[tuple[str, ...]]) -> str:
    lines = [f"Measured {date.today()} on {machine()}.", ""]
    lines += ["| what | measured | target | script |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def _write(table: str) -> None:
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    readme.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
