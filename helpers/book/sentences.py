"""Sentences whose numbers are computed, shown as a paragraph of the page or read with a figure.

A number that a run decides is not typed into a text: a cell puts it into the sentence, and the
comparison of stored and computed outputs finds a sentence that is no longer true.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from IPython import get_ipython
from IPython.display import Markdown, display


def say(*sentences: str) -> None:
    """Show sentences as a paragraph, each on a line of its own in the source.

    Examples
    --------
    >>> say(f"The network is right on {389} of 400 pictures.", "A ruler gets 200.")
    <IPython.core.display.Markdown object>
    """
    display(Markdown("\n".join(sentences)))


def show_figure(alt: str) -> None:
    """Show the figure drawn last, with a computed alternative text.

    The text stands in the output twice: as the figure's plain text, which the tests compare, and
    as its description in the built book and in Jupyter.

    Parameters
    ----------
    alt
        What the figure shows, for a reader who does not see it.

    Examples
    --------
    >>> _ = plt.bar(["right", "wrong"], [389, 11])
    >>> show_figure(f"Two bars: {389} pictures right and {11} wrong.")
    """
    figure = plt.gcf()
    shell = get_ipython()
    if shell is not None:  # else there is no page, only a window
        data, _ = shell.display_formatter.format(figure)
        display({**data, "text/plain": alt}, metadata={"image/png": {"alt": alt}}, raw=True)
    plt.close(figure)


def listed(names: Sequence[str], nothing: str = "none") -> str:
    """Return names as a sentence has them; ``nothing`` where there is no name.

    Examples
    --------
    >>> listed(["Grad-CAM", "LayerCAM", "Score-CAM"]), listed(["Grad-CAM"]), listed([])
    ('Grad-CAM, LayerCAM and Score-CAM', 'Grad-CAM', 'none')
    """
    *most, last = names or [nothing]
    return f"{', '.join(most)} and {last}" if most else last


def by_interval(low: float, high: float, above: str, below: str, unclear: str) -> str:
    """Return what an interval of a difference says: it lies above 0, below 0, or holds it.

    Examples
    --------
    >>> by_interval(0.02, 0.3, "more", "less", "cannot be told")
    'more'
    """
    return above if low > 0 else below if high < 0 else unclear
