"""Change the address of the public repository everywhere: ``set_repository.py URL``."""

import re
import sys
from pathlib import Path

from bookfiles import ROOT, repository, tracked, write

FORM = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)/?")


def slug(url: str) -> str:
    """Return ``owner/name`` of an address.

    Examples
    --------
    >>> slug("https://github.com/alexnet-book/alexnet-book")
    'alexnet-book/alexnet-book'
    """
    match = FORM.fullmatch(url)
    if match is None:
        raise ValueError(f"{url!r} is not of the form https://github.com/OWNER/NAME.")
    return "/".join(match.groups())


def pattern(old: str) -> re.Pattern:
    """Return what finds ``owner/name`` as part of an address, on GitHub or on Colab."""
    return re.compile(
        rf"(?<=github\.com/){re.escape(old)}(?![\w-])|(?<=/github/){re.escape(old)}(?![\w-])"
    )


def rewrite(url: str, root: Path = ROOT) -> list[Path]:
    """Put the new address in place of the old one in every tracked file; return those changed."""
    new, old = slug(url), pattern(slug(repository(root)))
    changed = []
    for path in list(tracked(root)):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if old.search(text):
            write(path, old.sub(new, text))
            changed.append(path)
    return changed


def main() -> int:
    """Read the command line and rewrite."""
    if len(sys.argv) != 2:
        print("usage: set_repository.py https://github.com/OWNER/NAME", file=sys.stderr)
        return 2
    try:
        changed = rewrite(sys.argv[1])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path in changed:
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
