"""Write the data of the interactive pages: the specifications, and the recorded predictions.

Scripts that set a global variable and no JSON, since a page opened from disk may not fetch a file.
The tests compare what stands in the files with what this script would write.
"""

import csv
import json
import sys
from pathlib import Path

from bookfiles import ROOT, write_changed

sys.path.insert(0, str(ROOT))  # so that it also runs where the package is not installed

from helpers import architectures

HEAD = "// Written by scripts/export_specs.py; the source is {source}."
RUNS = "results/photos_two_class"


def script(name: str, items: dict, source: str) -> str:
    """Return a script that puts ``items`` under ``alexnet.name``, one item a line."""
    rows = ",\n".join(f"  {json.dumps(key)}: {json.dumps(item)}" for key, item in items.items())
    lines = [
        HEAD.format(source=source),
        "globalThis.alexnet = globalThis.alexnet || {};",
        f"globalThis.alexnet.{name} = {{\n{rows}\n}};",
    ]
    return "\n".join(lines) + "\n"


def specifications() -> dict[str, dict]:
    """Return every specification by name, as ``Architecture.to_dict`` gives it."""
    return {name: architectures.get(name).to_dict() for name in architectures.names()}


def recorded_predictions(root: Path = ROOT) -> dict[str, dict]:
    """Return titles and, for each seed, rows of label, prediction and its probability."""
    runs = {}
    for path in sorted((root / RUNS).glob("seed-*/predictions.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            table = list(csv.DictReader(file))
        names = {int(row["label"]): row["label_name"] for row in table}
        rows = [
            [int(row["label"]), int(row["prediction"]), float(row["probability"])] for row in table
        ]
        seed = path.parent.name.removeprefix("seed-")
        runs[seed] = {"titles": [names[label] for label in sorted(names)], "rows": rows}
    return runs


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return every file of this script with the text it should have."""
    static = root / "book" / "_static"
    specs = script("specs", specifications(), "helpers/architectures.py")
    predictions = script("predictions", recorded_predictions(root), RUNS)
    return {static / "specs.js": specs, static / "predictions.js": predictions}


if __name__ == "__main__":
    write_changed(files())
