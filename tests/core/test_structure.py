"""The layout is what ARCHITECTURE.md says: all listed, no circles, the core on its own feet."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from bookfiles import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
LIGHT = tuple(
    f"helpers.{name}"
    for name in (
        *("architectures", "shapes", "errors", "validate", "files", "environment", "__main__"),
        *("training.recipe", "training.run_files"),
    )
)
CORE = (
    *("architectures", "augment", "environment", "errors", "fetch", "files", "lazy", "locks"),
    *("lrn", "lrn_formula", "models", "shapes", "validate"),
)


def listed(page: str) -> set[str]:
    """Return what a page lists as modules: ``helpers/datasets/folder`` and so on."""
    found, room = set(), None
    for line in page.splitlines():
        if heading := re.match(r"#+ (?:`([\w/]+)/`)?", line):
            room = heading[1]
        elif room and (item := re.match(r"- `(\w+)`: \S", line)):
            found.add(f"{room}/{item[1]}")
    return found


def there(root: Path) -> set[str]:
    """Return the modules of the package and the scripts, rooms by what lies in them."""
    paths = [*(root / "helpers").rglob("*.py"), *(root / "scripts").glob("*.py")]
    names = {path.relative_to(root).with_suffix("").as_posix() for path in paths}
    return {name for name in names if not name.endswith("__init__")}


def test_every_module_is_listed_and_each_listed_one_is_there():
    assert listed(PAGE) == there(ROOT)


def test_a_module_that_is_not_listed_is_noticed(tmp_path):
    (tmp_path / "helpers" / "room").mkdir(parents=True)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "helpers" / "room" / "new.py").touch()
    assert there(tmp_path) - listed(PAGE) == {"helpers/room/new"}
    assert listed("### `helpers/room/`: a room\n\n- `new`: a module\n") == {"helpers/room/new"}


def test_the_package_says_what_is_in_it():
    said = ast.get_docstring(ast.parse((ROOT / "helpers" / "__init__.py").read_text("utf-8")))
    parts = {path.stem for path in (ROOT / "helpers").glob("[!_]*")} - {"py"}
    assert {name for name in parts if f"``{name}``" not in said} == set()


def test_every_room_of_tests_is_named():
    rooms = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("*.py"))}
    said = PAGE.split("## Tests")[1]
    assert {name for name in rooms if f"`{name}`" not in said} == set()


# ---------------------------------------------------------------------------------------------
# Who imports whom
# ---------------------------------------------------------------------------------------------


def runs(tree: ast.AST):
    """Yield the nodes of a tree, without what is there for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        yield node
        yield from runs(node)


def handed_out(tree: ast.Module, room: str) -> set[str]:
    """Return the modules whose names a room hands out when they are first asked for."""
    tables = [s.value for s in tree.body if isinstance(s, ast.Assign) and _is_modules(s.targets[0])]
    return {f"{room}.{part}" for table in tables for part in ast.literal_eval(table)}


def _is_modules(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "_MODULES"


def imports(root: Path) -> dict[str, set[str]]:
    """Return for each module of the package those that it imports, also inside of functions."""
    paths = {_name(path, root): path for path in sorted((root / "helpers").rglob("*.py"))}
    graph = defaultdict(set)
    for name, path in paths.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        graph[name] |= handed_out(tree, name)
        for node in runs(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                wholes = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[name] |= {whole if whole in paths else node.module for whole in wholes}
            elif isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names}
        graph[name] = (graph[name] & set(paths)) - {name}
    return graph


def _name(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a ring, none when there is no such ring."""
    done = set()

    def look(name: str, way: list[str]) -> list[str]:
        if name in way:
            return way[way.index(name) :]
        if name not in done:
            for other in sorted(graph[name]):
                if ring := look(other, [*way, name]):
                    return ring
            done.add(name)
        return []

    return next(filter(None, (look(name, []) for name in sorted(graph))), [])


@cache
def package() -> dict[str, set[str]]:
    return imports(ROOT)


def upward(graph: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Return who of the core imports what is not of the core."""
    core = {f"helpers.{name}" for name in CORE}
    return {(name, other) for name in core for other in graph.get(name, ()) if other not in core}


def test_no_two_modules_import_each_other():
    assert circle(package()) == []


def test_the_core_imports_no_room():
    assert upward(package()) == set()


def test_the_command_line_is_imported_by_nobody():
    top = {"helpers.__main__"}
    assert {
        (a, b) for a, others in package().items() for b in others & top if a not in top
    } == set()


def test_a_circle_and_a_way_up_are_noticed(tmp_path):
    room = tmp_path / "helpers" / "room"
    room.mkdir(parents=True)
    (tmp_path / "helpers" / "files.py").write_text("def f():\n    from helpers.room import a\n")
    (room / "__init__.py").write_text('_MODULES = {"a": "name"}\n')
    (room / "a.py").write_text("def f():\n    from helpers.room import b\n")
    (room / "b.py").write_text("from helpers import room\n")
    graph = imports(tmp_path)
    assert set(circle(graph)) == {"helpers.room", "helpers.room.a", "helpers.room.b"}
    assert upward(graph) == {("helpers.files", "helpers.room.a")}
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from helpers import room\n"
    (room / "b.py").write_text(typed)
    assert circle(imports(tmp_path)) == []


@pytest.mark.parametrize("name", LIGHT)
def test_light_modules_import_only_the_standard_library_and_each_other(name):
    code = f"""
import sys
before = set(sys.modules)
import {name}
new = {{module.partition(".")[0] for module in set(sys.modules) - before}}
print(*sorted(new - set(sys.stdlib_module_names) - {{"helpers"}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


# ---------------------------------------------------------------------------------------------
# Types
# ---------------------------------------------------------------------------------------------


def untyped(tree: ast.AST, within: str = "") -> list[str]:
    """Return what public functions and methods take or return without saying its type."""
    found = []
    for node in ast.iter_child_nodes(tree):
        name = f"{within}{getattr(node, 'name', '')}"
        if isinstance(node, ast.FunctionDef) and re.match(r"_*[^_].*__$|[^_]", node.name):
            given = node.args
            every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            bare = [one.arg for one in every if one and one.annotation is None]
            bare = [arg for arg in bare if arg not in ("self", "cls")]
            found += [f"{name}({arg})" for arg in bare] + [name] * (node.returns is None)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found += untyped(node, f"{name}.")
    return found


@pytest.mark.parametrize("room", ["helpers", "scripts"])
def test_every_public_parameter_and_result_has_a_type(room):
    trees = {path: ast.parse(path.read_text("utf-8")) for path in (ROOT / room).rglob("*.py")}
    assert {path: bare for path, tree in trees.items() if (bare := untyped(tree))} == {}


def test_what_has_no_type_is_noticed():
    code = "class A:\n def __init__(self, a, *, b: int) -> None: ...\n def _c(self, d): ...\n"
    assert untyped(ast.parse(code + "def f(*x: int): ...\n")) == ["A.__init__(a)", "f"]
