"""One address, no machine's paths, spelling, and the command that makes the environment."""

import os
import re
import shutil
import subprocess

import pytest
import yaml
from bookfiles import ROOT, repository, tracked
from check_book import machine_paths, other_repositories
from lint import spelling
from set_repository import UNSET, complaint, rewrite, slug

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CONTAINER = ROOT / ".devcontainer" / "devcontainer.json"
ADDRESSED = ("_config.yml", "README.md", "CITATION.cff", "scripts/setup_cell.txt")


def copy_of_book(tmp_path):
    """Copy what carries the address into a folder of its own."""
    names = [*ADDRESSED, "_toc.yml", "book", "notebooks"]
    for name in names:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, target)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    return tmp_path


def test_one_address_everywhere():
    assert other_repositories() == []


def test_one_command_changes_the_address(tmp_path):
    root, old = copy_of_book(tmp_path), slug(repository())
    changed = rewrite("https://github.com/someone/their-book", root)
    assert {root / name for name in ADDRESSED} <= set(changed)
    assert "address not set" not in (root / "README.md").read_text(encoding="utf-8")
    assert other_repositories(root) == []
    for path in tracked(root):
        if path.suffix in (".md", ".yml", ".ipynb", ".cff", ".txt"):
            assert f"/{old}" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("name", ["README.md", "scripts/setup_cell.txt"])
def test_second_address_is_noticed(name, tmp_path):
    root = copy_of_book(tmp_path)
    file = root / name
    file.write_text(file.read_text().replace(slug(repository()), "another/one"))
    assert other_repositories(root)


@pytest.mark.parametrize(
    "url", ["", "github.com/a/b", "https://gitlab.com/a/b", "https://github.com/a"]
)
def test_address_of_another_form_is_refused(url):
    with pytest.raises(ValueError, match="OWNER/NAME"):
        slug(url)


def test_the_book_is_published_only_under_the_address_that_it_names():
    assert "not set" in complaint(f"https://github.com/{UNSET}/book", None)
    assert "names a/b, and this is c/d" in complaint("https://github.com/a/b", "c/d")
    assert complaint("https://github.com/a/b", "a/b") is None


def test_while_there_is_no_address_the_pages_say_so():
    """And the address is one that nobody can register: no owner's name begins with a hyphen."""
    for name in ("README.md", "book/how_to_run.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert (UNSET in repository()) == ("<!-- address not set -->" in text)
    assert UNSET.startswith("-")


def pages_workflow():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())


def test_only_the_job_that_installs_nothing_may_write_to_the_pages():
    jobs = pages_workflow()["jobs"]
    may = [name for name, job in jobs.items() if "write" in str(job.get("permissions", {}))]
    assert may == ["deploy"]
    assert not any("run" in step for step in jobs["deploy"]["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_named_by_commit_with_their_tag(path):
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", action), action


def test_every_locked_file_has_a_hash():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for block in re.split(r"\n(?=\w)", text):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_no_path_of_a_machine_is_tracked():
    assert machine_paths() == []


def test_path_of_a_machine_is_noticed(tmp_path):
    (tmp_path / "deep").mkdir()
    for name, place in (("a.md", "work"), ("deep/b.py", "root"), ("c.ipynb", "home/anna")):
        (tmp_path / name).write_text(f"see /{place}/x.py\n")
    assert len(machine_paths(tmp_path)) == 3


def test_spelling():
    assert spelling() == 0


def test_misspelt_word_deep_in_a_notebook_is_noticed(tmp_path, capfd):
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    wrong = ["network".replace("wo", "ow"), "receives".replace("ei", "ie")]  # not in this file
    (folder / "d.ipynb").write_text('{"cells": ["the ' + " ".join(wrong) + '"]}')
    assert spelling(tmp_path) != 0


def environment_with(tmp_path, version: str):
    """Return an environment whose only Pythons claim to be of ``version``."""
    fake = tmp_path / "bin"
    fake.mkdir()
    for name in ("python3", "python3.13", "python3.12", "python3.11", "python"):
        file = fake / name
        file.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo Python {version}\nexit 1\n')
        file.chmod(0o755)
    for tool in ("sh", "cat", "cksum", "dirname", "printf"):
        if shutil.which(tool):
            (fake / tool).symlink_to(shutil.which(tool))
    return {**os.environ, "PATH": str(fake)}


def make_environment(root, environment):
    """Run the script that makes the environment in a checkout of the fewest files."""
    (root / "scripts").mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "scripts" / "make_env.sh", root / "scripts")
    for name in ("requirements.lock", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    command = ["sh", str(root / "scripts" / "make_env.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("program", "asked", "said"),
    [
        ("echo 3.9", "", "is of Python 3.9, and the book needs 3.11, 3.12 or 3.13"),
        ("echo 3.14", "", "is of Python 3.14, and the book needs 3.11, 3.12 or 3.13"),
        ("exit 1", "", "has no Python that starts"),
        (None, "", "has no Python that starts"),
        ("echo 3.11", "echo 3.12", "is of Python 3.11, and PYTHON="),
    ],
)
def test_an_environment_of_another_python_is_named_and_kept(tmp_path, program, asked, said):
    root, environment = tmp_path / "book", environment_with(tmp_path, "3.12.1")
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    for path, text in ((python, program), (tmp_path / "asked", asked)):
        if text:
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)
    precious = root / ".venv" / "precious"
    precious.touch()
    environment |= {"PYTHON": str(tmp_path / "asked")} if asked else {}
    done = make_environment(root, environment)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert precious.exists()


def test_wrong_python_is_told_in_one_sentence(tmp_path):
    root = tmp_path / "book"
    done = make_environment(root, environment_with(tmp_path, "3.9.2"))
    assert done.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13, and python3 is 'Python 3.9.2'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (root / ".venv").exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_readable_and_need_no_secret(path):
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)["jobs"]
    assert "secrets." not in text


def missing_commands(text):
    """Return the make targets and files of this repository that a text names in vain."""
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[
        1
    ].split()
    named = [f"make {name}" for name in re.findall(r"\bmake (\w+)", text) if name not in targets]
    files = re.findall(r"(?:scripts|tests|\.ci)/[\w/.]+", text)
    return named + [name for name in files if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", [*WORKFLOWS, CONTAINER], ids=lambda path: path.name)
def test_what_runs_elsewhere_calls_what_is_there(path):
    assert missing_commands(path.read_text(encoding="utf-8")) == []


def test_a_command_that_is_not_there_is_noticed():
    assert missing_commands(
        "make tset\nmake env\npython scripts/gone.py tests/support/tiny.py"
    ) == [
        "make tset",
        "scripts/gone.py",
    ]


def test_citation_and_package_have_one_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert f'version = "{citation["version"]}"' in (ROOT / "pyproject.toml").read_text()
