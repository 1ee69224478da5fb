"""The paper's update rule (section 5), as one Keras optimizer, and which one a recipe names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from helpers.augment import Tensor

if TYPE_CHECKING:
    from helpers.training.recipe import Resolved


@keras.saving.register_keras_serializable("alexnet_book")
class PaperSGD(keras.optimizers.SGD):
    """Stochastic gradient descent with momentum and the decay of weights as in the paper.

    ``v ← momentum·v − decay·rate·w − rate·gradient``, then ``w ← w + v`` (paper section 5,
    ``weights.cu:152,193,195``; for dense layers ``layer.cu:671`` in place of the first line): the
    decay goes through the momentum buffer and is multiplied by the rate. Only variables called
    ``kernel`` decay; biases do not (``layer.cu:565``).

    The same trajectory as ``SGD`` with ``L2(decay / 2)`` on every kernel, but the penalty is not
    part of the loss, so that the loss reported is the cross-entropy, and a step is about a tenth
    faster (62 million weights are not read once more). ``SGD(weight_decay=…)`` is another rule.

    Parameters
    ----------
    learning_rate, momentum
        As in ``keras.optimizers.SGD``.
    decay
        The paper's weight decay, 0.0005.

    Examples
    --------
    >>> PaperSGD(0.01).decay
    0.0005
    """

    learning_rate: Any  # a property, in Keras without a type

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.9,
        decay: float = 5e-4,
        name: str = "paper_sgd",
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate, momentum=momentum, name=name, **kwargs)
        self.decay = float(decay)

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Make the momentum buffers and note which variables decay."""
        if self.built:
            return
        super().build(variables)
        self.decays = [variable.name == "kernel" for variable in variables]

    def change_rate(self, rate: float) -> None:
        """Set the learning rate of the steps to come, and scale the momentum buffers with it.

        The buffers hold sums of steps at the old rate. Left as they are, they carry the weights on
        for some ten steps that the smaller gradients cannot correct: no matter in an epoch of
        thousands of steps, but the end of what a run of 25 steps an epoch has learned. Goyal et al.
        2017 (section 3) call this momentum correction. The paper does not speak of it.

        Examples
        --------
        >>> optimizer = PaperSGD(0.01)
        >>> optimizer.change_rate(0.001)
        >>> round(float(optimizer.learning_rate), 6)
        0.001
        """
        before = np.float32(self.learning_rate)
        if self.built and np.float32(rate) != before:
            for momentum in self.momentums:
                momentum.assign(momentum * (rate / before))
        self.learning_rate = rate

    def update_step(
        self, gradient: Tensor, variable: keras.Variable, learning_rate: Tensor
    ) -> None:
        """Update one variable in place."""
        if self.decays[self._get_variable_index(variable)]:
            gradient = gradient + self.decay * variable
        super().update_step(gradient, variable, learning_rate)

    def get_config(self) -> dict:
        """Return what the constructor needs, for saving."""
        return {**super().get_config(), "decay": self.decay}


def of(recipe: "Resolved") -> keras.optimizers.Optimizer:
    """Return the optimizer that a recipe names, at its first rate.

    Examples
    --------
    >>> from helpers.training import Recipe
    >>> type(of(Recipe(optimizer="adam"))).__name__
    'Adam'
    """
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(recipe.learning_rate)
    return PaperSGD(recipe.learning_rate, recipe.momentum, recipe.weight_decay)


def change_rate(optimizer: keras.optimizers.Optimizer, rate: float) -> None:
    """Set the learning rate of the steps to come, also inside float16's scaling of the loss.

    Examples
    --------
    >>> optimizer = keras.optimizers.Adam(0.01)
    >>> change_rate(optimizer, 0.5)
    >>> float(optimizer.learning_rate)
    0.5
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(optimizer, PaperSGD):
        optimizer.change_rate(rate)
    else:
        optimizer.learning_rate = rate
