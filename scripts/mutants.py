"""Change the arithmetic of the package place by place, and list the changes that no test notices.

mutmut does the changing, as ``[tool.mutmut]`` in ``pyproject.toml`` says. uv fetches it beside the
environment, never into it, and it works on a copy of the package. Takes some minutes.
"""

import re
import shutil
import subprocess
import sys

from bookfiles import ROOT

TOOL = "mutmut==3.8.1"
WORK = ROOT / "_build" / "mutants"
COPIED = ("helpers", "tests", "scripts", "conftest.py", "pyproject.toml")
#: Changes that nothing can notice, as patterns of the changed line, and why.
EQUIVALENT = {
    r"pad_amounts\(.*None.*\) - kernel": "only 'same' reads these, and that has returned before",
    r"zip\(.*(strict=(None|False)|, )\)": "what is zipped has one length always",
}


def mutmut(*arguments: str) -> str:
    """Run mutmut in the copy and return what it prints."""
    layered = ("run", "--quiet", "--no-project", "--python", sys.executable, "--with", TOOL)
    command = [sys.executable, "-m", "uv", *layered, "mutmut", *arguments]
    done = subprocess.run(command, cwd=WORK, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stdout[-3000:])
        sys.exit("mutmut failed: it needs tests that pass, and PyPI when it is first fetched.")
    return done.stdout


def copy() -> None:
    """Copy what mutmut needs, in place of what an earlier run left."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in COPIED:
        put = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        put(ROOT / name, WORK / name)


def told(mutant: str) -> str:
    """Return file, line and change of a mutant, as ``helpers/shapes.py:92: old -> new``."""
    shown = mutmut("show", mutant)
    path = re.search(r"^--- (\S+)", shown, re.M)[1]
    # The lines that it counts begin at the function, whose name its own name holds.
    name = re.search(r"\.x(?:_|ǁ\w+ǁ)(\w+)__mutmut", mutant)[1]
    source = (ROOT / path).read_text(encoding="utf-8")
    first = source[: source.index(f"def {name}(")].count("\n")
    start, hunk = re.search(r"^@@ -(\d+).*\n([\s\S]*)", shown, re.M).groups()
    lines = hunk.splitlines()
    changed = next(n for n, line in enumerate(lines) if line[:1] in "-+")
    old, new = (" ".join(x[1:].strip() for x in lines if x.startswith(sign)) for sign in "-+")
    return f"{path}:{first + int(start) + changed}: {old} -> {new or 'left out'}"


def main() -> int:
    """List the survivors; return 1 when one is not known to be equivalent."""
    copy()
    count = re.findall(r"(\d+)/\d+", mutmut("run"))[-1]
    left = [line.strip().split(": ") for line in mutmut("results").splitlines()]
    new = [told(mutant) for mutant, state in left if state != "timeout"]
    for change, why in EQUIVALENT.items():
        known = [line for line in new if re.search(change, line)]
        new = [line for line in new if line not in known]
        print(f"Equivalent, since {why}:", *known, sep="\n  ")
    print("Noticed by no test:", *new or ["none"], sep="\n  ")
    print(f"{count} changes, {len(new)} of them noticed by no test and not equivalent.")
    return int(bool(new))


if __name__ == "__main__":
    sys.exit(main())
