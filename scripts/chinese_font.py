"""Make the font for the book's Chinese words: ``python scripts/chinese_font.py FONT.ttf``.

The glossary and the errata hold a few dozen Chinese terms. Many systems have no font for them, and
the PDF can only hold what the machine that prints it has. So the book carries the characters that
it uses, and no others, cut out of a free font (Droid Sans Fallback; see NOTICE).
"""

import sys
from pathlib import Path

from bookfiles import ROOT
from fontTools import subset

FONT = ROOT / "book" / "_static" / "fonts" / "chinese.woff"
#: Chinese characters, their punctuation and their wide forms.
RANGES = ((0x3000, 0x303F), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))


def characters(root: Path = ROOT) -> set[str]:
    """Return the Chinese characters on the pages of the book."""
    book = root / "book"
    paths = [*book.glob("*.md"), book / "references.bib"]
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    return {c for c in text if any(low <= ord(c) <= high for low, high in RANGES)}


def main(argv: list[str]) -> int:
    """Write the font and say how many characters it holds."""
    if len(argv) != 1 or not Path(argv[0]).is_file():
        print("usage: python scripts/chinese_font.py FONT.ttf", file=sys.stderr)
        return 2
    options = subset.Options(flavor="woff", layout_features=[], name_IDs=[0, 1, 2, 13, 14])
    font = subset.load_font(argv[0], options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=sorted(map(ord, characters())))
    cutter.subset(font)
    FONT.parent.mkdir(exist_ok=True)
    subset.save_font(font, str(FONT), options)
    print(f"{FONT.relative_to(ROOT)}: {len(characters())} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
