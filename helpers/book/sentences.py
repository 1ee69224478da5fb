"""Sentences whose numbers are computed, shown as a paragraph of the page or read with a figure.

A number that a run decides is not typed into a text: a cell puts it into the sentence, and the
comparison of stored and computed outputs finds a sentence that is no longer true.
"""

import sys
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt


def say(*sentences: str) -> None:
    """Show sentences as a paragraph, each on a line of its own in the source.

    Examples
    --------
    >>> say(f"The network is right on {389} of 400 pictures.", "A ruler gets 200.")
    The network is right on 389 of 400 pictures.
    A ruler gets 200.
    """
    text = "\n".join(sentences)
    if _shell() is None:
        print(text)
    else:
        from IPython.display import Markdown, display

        display(Markdown(text))


def _shell() -> Any:
    """Return the shell of a notebook; None in a script, which may do without IPython."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


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
    shell = _shell()
    if shell is not None:  # else there is no page, only a window
        from IPython import display

        data, _ = shell.display_formatter.format(figure)
        described = {kind: {"alt": alt} for kind in data if kind.startswith("image/")}
        display.display({**data, "text/plain": alt}, metadata=described, raw=True)
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


def signed(number: float, digits: int = 1) -> str:
    """Return a number with a true minus sign, and none before zero.

    Examples
    --------
    >>> signed(-8.35), signed(3.5), signed(-0.01)
    ('−8.3', '3.5', '0.0')
    """
    text = f"{number:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def span(low: float, high: float, digits: int = 1) -> str:
    """Return an interval in words, one number where both ends are rounded to the same.

    Examples
    --------
    >>> span(-0.5, 7.5), span(97.8, 98.4, 0)
    ('−0.5 to 7.5', '98')
    """
    ends = [signed(end, digits) for end in (low, high)]
    return " to ".join(dict.fromkeys(ends))


def in_words(count: int) -> str:
    """Return a small whole number as a word, a larger one in digits.

    Examples
    --------
    >>> in_words(0), in_words(8), in_words(935)
    ('none', 'eight', '935')
    """
    words = "none one two three four five six seven eight nine ten eleven twelve".split()
    return words[count] if 0 <= count < len(words) else f"{count:,}"


def share_in_words(count: int, total: int, things: str) -> str:
    """Return how many of all are meant.

    Examples
    --------
    >>> [share_in_words(count, 5, "seeds") for count in (0, 3, 5)]
    ['none of the five seeds', 'three of the five seeds', 'all five seeds']
    >>> share_in_words(2, 2, "seeds")
    'both seeds'
    """
    if count == total:
        return f"both {things}" if total == 2 else f"all {in_words(total)} {things}"
    return f"{in_words(count)} of the {in_words(total)} {things}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage.

    Examples
    --------
    >>> percent(0.958), percent(0.9575, 1)
    ('96 %', '95.8 %')
    """
    return f"{100 * share:.{digits}f} %"
