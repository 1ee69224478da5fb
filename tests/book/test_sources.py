"""Who says it: badges, bibliography, notices, glossary, and data files that are read whole."""

import json
import re

import pytest
import yaml
from bibliography import Style
from bookfiles import ROOT, lost_text, notebooks
from chinese_font import FONT, characters
from fontTools.ttLib import TTFont
from pybtex.database import parse_file

from helpers.book import claims

BOOK = ROOT / "book"
DATA = sorted([*BOOK.glob("**/*.yml"), ROOT / "_config.yml", ROOT / "_toc.yml"])


def prose(path):
    """Return the text of a page, or of the Markdown cells of a chapter."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


PAGES = [*notebooks(), *sorted(BOOK.glob("*.md"))]

# ---------------------------------------------------------------------------------------------
# Badges and records name the program that a file belongs to
# ---------------------------------------------------------------------------------------------

#: Whose file it is, by its name; the first pattern that fits decides.
OWNERS = {
    r"\d+pct\.cfg": "cuda-convnet",
    r"layers-imagenet-1gpu\.cfg": "cuda-convnet2",
    r"layer(s|-params)-[\w.*-]+\.cfg": "code",
    r"(^|/)(convdata(_jpeg)?|convnet|layer)\.py": "code",
    r"(^|/)(layer|weights|data|worker)\.cu": "code",
    r"(^|/)(filter_acts\.cu|conv_util\.cuh?)": "cuda-convnet",
    r"TrainingExample\.md|cudaconvnet/src/jpeg\.cpp": "cuda-convnet2",
    r"_layer\.cpp|\.prototxt|caffe\.proto|bvlc_\w+/readme\.md": "caffe",
    r"(^|/)(normalization|functional)\.py": "pytorch",
    r"slim/nets/alexnet\.py": "slim",
    r"decaf/scripts/imagenet\.py": "decaf",
    r"(^|/)(alexnet|resnet)\.py|_presets\.py": "torchvision",
    r"regularizers\.py|base_optimizer\.py|sgd\.py|backend/tensorflow/nn\.py": "keras",
    r"weight_decay_optimizers\.py": "tensorflow-addons",
}
FILE = re.compile(r"[\w./*-]+\.(?:cfg|py|cuh?|cpp|prototxt|proto|md)\b")
#: What a badge calls a program, and the key of it.
NAMES = {name: key for key, name in claims.SOURCES.items()} | {"code": "code"}
WORD = re.compile("|".join([*sorted(map(re.escape, NAMES), key=len, reverse=True), "`[^`]+`"]))


def owner(file):
    """Return whose file it is; KeyError for one that nobody has put into the table."""
    found = [key for pattern, key in OWNERS.items() if re.search(pattern, file)]
    if not found:
        raise KeyError(f"whose is {file}? Add it to OWNERS.")
    return found[0]


def wrong_owners(text):
    """Return the files in a text's badges that are not of the program the badge names."""
    wrong = []
    for badge in re.findall(r"\*\*\[([^\]]+)\]\*\*", text):
        said = None
        for word in WORD.findall(badge):
            said = NAMES.get(word, said)
            for file in FILE.findall(word) if word.startswith("`") else ():
                wrong += [f"[{badge}]: {owner(file)}"] if owner(file) != said else []
    return wrong


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_badge_names_the_program_of_its_file(path):
    assert wrong_owners(prose(path)) == []


@pytest.mark.parametrize(
    ("badge", "right"),
    [
        ("code `layer.py:1004`", True),
        ("code `layer-params-conv-local-11pct.cfg:51-57`", False),
        ("cuda-convnet `layer-params-conv-local-11pct.cfg:51-57`", True),
        ("code cuda-convnet2 `layers-imagenet-1gpu.cfg`", True),
        ("code `layers-imagenet-1gpu.cfg`", False),
        ("paper §3.2, code `layers-145.cfg:137,151`", True),
        ("paper §3.2, Caffe `layers-145.cfg:137,151`", False),
        ("code `layer.py:1183`, `filter_acts.cu:131`", False),
        ("Caffe `bvlc_alexnet/train_val.prototxt:12`", True),
    ],
)
def test_a_wrong_badge_is_noticed(badge, right):
    assert (wrong_owners(f"So it is **[{badge}]**.") == []) == right


@pytest.mark.parametrize(
    "id", [id for id, claim in claims.load().items() if FILE.search(claim.where)]
)
def test_a_record_names_the_program_of_its_file(id):
    claim = claims.get(id)
    owners = {owner(file) for file in FILE.findall(claim.where)}
    assert claim.source in owners | ({"paper"} if "§" in claim.where else set())


def test_the_cover_explains_each_kind_of_badge():
    cover = prose(BOOK / "index.md")
    kinds = {"[paper", "[code", "[article-"} | {
        badge
        for path in notebooks()
        for badge in re.findall(r"\*\*(\[\w+ here)\]\*\*", prose(path))
    }
    assert {kind for kind in kinds if f"**{kind}" not in cover} == set()


# ---------------------------------------------------------------------------------------------
# Bibliography
# ---------------------------------------------------------------------------------------------

ENTRIES = parse_file(BOOK / "references.bib").entries


def test_what_is_cited_is_listed_and_what_is_listed_is_cited():
    found = {
        key.strip()
        for path in PAGES
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", prose(path))
        for key in keys.split(",")
    }
    assert found == set(ENTRIES)


def test_the_labels_are_those_of_the_text():
    style = Style()
    entries = style.sort(ENTRIES.values())
    labels = dict(zip((e.key for e in entries), style.format_labels(entries), strict=True))
    assert labels["goyal2017"] == "Goyal et al., 2017"
    assert labels["zeiler2014"] == "Zeiler and Fergus, 2014"
    assert labels["wilson1927"] == "Wilson, 1927"
    assert len(set(labels.values())) == len(labels)
    assert all(re.fullmatch(r"[^\d{}\\]+, (\d{4}|n\.d\.)", label) for label in labels.values())


def test_the_five_articles_are_in_the_bibliography():
    notes = [entry.fields.get("note", "") for entry in ENTRIES.values()]
    for number in range(5):
        assert sum(note.startswith(f"article-{number} of this book; ") for note in notes) == 1


# ---------------------------------------------------------------------------------------------
# What comes from elsewhere is in NOTICE
# ---------------------------------------------------------------------------------------------

#: What a chapter's code calls or opens, and what NOTICE must name for it.
SHOWN = {
    "china.jpg": "china.jpg",
    "flower.jpg": "flower.jpg",
    "load_digits": "load_digits",
    "helpers.digits": "MNIST",
}


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_what_a_chapter_shows_of_others_is_in_the_notice(path):
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    for used, named in SHOWN.items():
        if used in code:
            entry = notice[notice.index(named) :].split("\n\n")[0]
            assert re.search(r"CC BY|BSD", entry), named


# ---------------------------------------------------------------------------------------------
# Chinese readers
# ---------------------------------------------------------------------------------------------

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_each_term_of_the_glossary_has_the_chinese_one():
    text = prose(BOOK / "glossary.md")
    listed = text[text.index("```{glossary}") : text.index("## Symbols")]
    entries = listed.strip("` \n").split("\n\n")
    assert len(entries) > 50
    for entry in entries:
        found = re.search(r'\n  <span lang="zh-Hans">(.*?)</span>\. ', entry)
        assert found, entry
        assert CHINESE.search(found[1]), entry


def test_the_font_holds_every_chinese_character_of_the_book():
    held = set(map(chr, TTFont(FONT).getBestCmap()))
    missing = "".join(sorted(characters() - held))
    assert missing == "", "run scripts/chinese_font.py with a Chinese font"


ERRATA = yaml.safe_load((BOOK / "errata.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ERRATA, ids=lambda row: str(row["number"]))
def test_the_disputed_words_of_the_articles_in_chinese_are_quoted_and_no_others(row):
    articles = set(re.findall(r"article-\d", row["where"]))
    quoted = row.get("words", [])
    assert bool(quoted) == bool(articles & {"article-2", "article-4"})
    for words in quoted:
        assert len(words["text"]) <= 12
        assert not re.search(r"[。;；!！?？]", words["text"])
        assert re.fullmatch(r"article-[24] L\d+", words["where"])


# ---------------------------------------------------------------------------------------------
# Data files are read whole
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.name)
def test_no_text_of_a_data_file_is_lost(path):
    assert lost_text(path.read_text(encoding="utf-8")) == []


PHRASES = ("net #147 too", "a # b", "#1", "two words", "x#y", "50 % #", "é # ü", "a: b", "it's #2")
LAYOUTS = (
    "k: {}\n",
    "- k: {}\n  l: 1\n",
    "l: 1\nk: {}  \nm: 2\n",
    "k: {}\n  goes on\n",
    "k: [{}]\n",
    "k: first\n  {}\n",
)
QUOTES = ("{}", '"{}"', "'{}'")


def values(node):
    """Yield each key and each value of a parsed document as text."""
    if isinstance(node, dict | list):
        for item in node:
            yield from [f"{item}:", *values(node[item])] if isinstance(node, dict) else values(item)
    else:
        yield str(node)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("quote", QUOTES)
@pytest.mark.parametrize("phrase", PHRASES)
def test_a_value_that_yaml_cuts_is_noticed_and_no_other(phrase, quote, layout):
    text = layout.format(quote.format(phrase))
    try:
        read = " ".join(values(yaml.safe_load(text)))
    except yaml.YAMLError:
        return  # refused aloud: nothing is lost silently
    assert (lost_text(text) == []) == (phrase in read), text


def test_a_key_that_stands_twice_is_noticed():
    assert lost_text("- a: 1\n  b: 2\n  a: 3\n") == ["line 3: 'a' stands twice"]


# ---------------------------------------------------------------------------------------------
# What the book says of itself
# ---------------------------------------------------------------------------------------------

BOAST = re.compile(r"every (quoted )?number[^.|]{0,80}recomputed", re.IGNORECASE | re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "_config.yml", "book/index.md"])
def test_no_page_says_that_every_number_is_recomputed(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not BOAST.search(text)
    assert BOAST.search("every number recomputed, every picture drawn")
