"""The tables that interactive pages have on paper, where nobody can move a slider.

In: the specifications, the constants of the systems, the recorded predictions. Out: tables of class
``try-printed``, which ``make pages`` puts behind the forms; only paper shows them, and a browser
without scripts.
"""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from helpers import architectures, shapes
from helpers.lrn_formula import convert, lrn_loop

#: The eight activations that the LRN explorer begins with, and the channel of its first example.
ACTIVATIONS, CHANNEL = tuple(range(1, 9)), 3
CONSTANTS = {"n": 5, "k": 0.0, "alpha": 1.0, "beta": 1.0}
THRESHOLDS = (0.01, 0.1, 0.5, 0.9, 0.99)


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in HTML; whole numbers have separators.

    Examples
    --------
    >>> table("Costs", ["layer", "weights"], [["fc6", 37748736]]).count("37,748,736")
    1
    """
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'```{{raw}} html\n<table class="table try-printed"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n```"
    )


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return f"<td>{escape(text)}</td>"


def calculator(name: str = "paper", caption: str = "The paper's network") -> str:
    """Return a network as the layer calculator lists it."""
    rows = [
        [step.name, "×".join(f"{side:,}" for side in step.output_shape), step.parameters, step.macs]
        for step in shapes.trace(architectures.get(name))
    ]
    total = shapes.totals(architectures.get(name))
    rows.append(["whole network", "", total.parameters, total.macs])
    return table(caption, ["layer", "output", "parameters", "multiply-adds"], rows)


def explorer() -> str:
    """Return what the network explorer says of each layer."""
    rows = [
        [step.name, "×".join(f"{side:,}" for side in step.output_shape), step.receptive_field]
        for step in shapes.trace(architectures.get("paper"))
    ]
    heads = ["layer", "output", "receptive field, pixels a side"]
    return table("What a value of each layer can see", heads, rows)


def lrn() -> str:
    """Return what six systems make of the same digits."""
    rows = []
    for system in ("paper", "cuda-convnet", "caffe", "pytorch", "tensorflow"):
        constants = convert(system, "paper", **CONSTANTS)
        result = lrn_loop(np.array(ACTIVATIONS, float), **constants)[CHANNEL]
        rows.append([system, f"{constants['alpha']:g}", f"{result:.4f}"])
    caption = (
        f"The same digits, n = 5, k = 0, α = β = 1, for channel {CHANNEL} of the numbers 1 to 8"
    )
    return table(caption, ["given to", "is the paper's α", "result"], rows)


def threshold(runs: dict[str, dict]) -> str:
    """Return the errors of the recorded runs at some thresholds on the first class.

    A row of a run has the label and the shares of all classes.
    """
    rows = []
    for run in runs.values():
        array = np.array(run["rows"])
        true, share = array[:, 0] == 0, array[:, 1]
        for limit in THRESHOLDS:
            called = share >= limit
            missed, false = int((true & ~called).sum()), int((~true & called).sum())
            rows.append([run["titles"][0], f"{100 * limit:g} %", missed, false])
    heads = ["to be found", "threshold", "missed", "false alarms"]
    return table("Errors of the recorded runs", heads, rows)
