"""Quick or full: chosen by the environment, else by the device."""

import pytest

from helpers import environment
from helpers.errors import UserError


def test_the_profile_is_chosen_by_the_environment(monkeypatch):
    monkeypatch.setenv("ALEXNET_PROFILE", "full")
    assert environment.current() == "full"
    monkeypatch.setenv("ALEXNET_PROFILE", "tiny")
    with pytest.raises(UserError, match="ALEXNET_PROFILE must be"):
        environment.current()
    monkeypatch.delenv("ALEXNET_PROFILE")
    assert environment.current() == ("full" if environment.accelerators() else "quick")
