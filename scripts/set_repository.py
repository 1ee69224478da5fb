"""Change the address of the public repository everywhere: ``set_repository.py URL``.

Until that has been done the address is one that nobody can register (an owner's name cannot begin
with a hyphen), so that no reader ever runs a stranger's code; ``set_repository.py --check`` fails
then, and where the book is published from another repository than it names.
"""

import os
import re
import sys
from pathlib import Path

from bookfiles import ROOT, repository, tracked, write

UNSET = "-address-not-set-"
#: What pages say while there is no address; taken out once there is one.
NOTE = re.compile(r"<!-- address not set -->\n.*?<!-- /address not set -->\n+", re.DOTALL)
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
            write(path, NOTE.sub("", old.sub(new, text)))
            changed.append(path)
    return changed


def complaint(url: str, here: str | None) -> str | None:
    """Return why the book must not be published from the repository ``here``, None if it may.

    Examples
    --------
    >>> complaint("https://github.com/a/b", "a/b")
    >>> complaint("https://github.com/a/b", "c/d")
    'The book names a/b, and this is c/d: python scripts/set_repository.py https://github.com/c/d'
    """
    named = slug(url)
    if here is not None and here != named:
        command = f"python scripts/set_repository.py https://github.com/{here}"
        return f"The book names {named}, and this is {here}: {command}"
    if UNSET in url:
        return "The public address is not set: python scripts/set_repository.py URL"
    return None


def main() -> int:
    """Read the command line and rewrite, or check."""
    if len(sys.argv) != 2:
        print("usage: set_repository.py https://github.com/OWNER/NAME or --check", file=sys.stderr)
        return 2
    if sys.argv[1] == "--check":
        problem = complaint(repository(), os.environ.get("GITHUB_REPOSITORY"))
        print(problem or "The address is set.", file=sys.stderr if problem else sys.stdout)
        return 2 if problem else 0
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
