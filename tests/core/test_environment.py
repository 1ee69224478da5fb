"""Quick or full: chosen by the environment, else by the device."""

import re

import pytest
from bookfiles import ROOT, tracked

from helpers import environment
from helpers.errors import UserError
from helpers.training import Recipe, own_recipe


def test_the_profile_is_chosen_by_the_environment(monkeypatch):
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    assert environment.current() == "full"
    monkeypatch.setenv("ALEXNET_PROFILE", "tiny")
    with pytest.raises(UserError, match="ALEXNET_PROFILE must be"):
        environment.current()
    monkeypatch.delenv("ALEXNET_PROFILE")
    assert environment.current() == ("full" if environment.accelerators() else "quick")


def test_every_variable_is_in_the_one_table():
    code = [path for path in tracked(ROOT) if path.suffix in (".py", ".ipynb", ".js")]
    texts = [path.read_text(encoding="utf-8") for path in code]
    read = {name for text in texts for name in re.findall(r"ALEXNET_[A-Z0-9_]*[A-Z0-9]", text)}
    table = (ROOT / "book/how_to_run.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(ALEXNET_\w+)` \|", table, re.MULTILINE)) == sorted(read)


def test_a_cap_holds_for_every_training(monkeypatch):
    assert Recipe(epochs=90).resolved(100).epochs == 90
    monkeypatch.setenv("ALEXNET_EPOCHS", "2")
    assert Recipe(epochs=90).resolved(100).epochs == Recipe().resolved(100).epochs == 2
    assert Recipe(epochs=1).resolved(100).epochs == 1
    for wrong in ("0", "two", "-1"):
        monkeypatch.setenv("ALEXNET_EPOCHS", wrong)
        with pytest.raises(UserError, match="ALEXNET_EPOCHS must be a whole number of at least 1"):
            Recipe().resolved(100)


def test_with_imagenet_and_a_gpu_the_chapters_train_the_articles_network(monkeypatch):
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    article = own_recipe("imagenet:DIR")
    rule = ("sgd", 0.01, 0.9, 0.0005, "constant")
    names = ("optimizer", "learning_rate", "momentum", "weight_decay", "schedule")
    assert tuple(getattr(article, name) for name in names) == rule
    assert (article.arch, article.epochs, article.steered) == ("two_class", 90, False)
    monkeypatch.setenv("ALEXNET_PROFILE", "quick")
    assert own_recipe("imagenet:DIR").arch == own_recipe("flowers").arch == "book"
