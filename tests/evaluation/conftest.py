"""What the tests of this room share."""

import numpy as np
import pytest

from helpers import evaluation


@pytest.fixture(scope="module")
def three():
    """60 random predictions of three classes."""
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 60)
    shares = rng.dirichlet([0.5, 0.5, 0.5], 60)
    paths = np.array([f"{i}.jpg" for i in range(60)])
    return evaluation.tabulate(paths, labels, shares, ("cat", "dog", "ape"))
