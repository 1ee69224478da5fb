"""Sentences whose numbers are computed, shown as a paragraph of the page.

A number that a run decides is not typed into a text: a cell puts it into the sentence, and the
comparison of stored and computed outputs finds a sentence that is no longer true.
"""

from IPython.display import Markdown, display


def say(*sentences: str) -> None:
    """Show sentences as a paragraph, each on a line of its own in the source.

    Examples
    --------
    >>> say(f"The network is right on {389} of 400 pictures.", "A ruler gets 200.")
    <IPython.core.display.Markdown object>
    """
    display(Markdown("\n".join(sentences)))
