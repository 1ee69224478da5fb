"""The network with everything around it: preprocessing, augmentation, optimizer, and its state.

All that is random is a function of (seed, epoch): the numbers for crops, flips and colours are
drawn on the host, a few per picture, and go to the device with the pictures; the generators of the
dropout layers are set anew at the start of each epoch. So a run that is resumed at an epoch's start
continues as if it had never been interrupted.
"""

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import keras
import numpy as np

from helpers import augment, models
from helpers.augment import Tensor
from helpers.datasets.batches import fed
from helpers.environment import accelerators, deterministic
from helpers.errors import UserError
from helpers.training import optimizer
from helpers.training.precision import choose

if TYPE_CHECKING:
    from helpers.datasets import Batches
    from helpers.training.recipe import Resolved
    from helpers.training.start import Start

#: Mean, sigma and axes of the colours of the training pictures.
Statistics = tuple[np.ndarray, np.ndarray, np.ndarray]

BATCHES_JUDGED = 64  # whose scores are held at a time
#: By how much the loss is multiplied at first in float16; halved whenever a gradient overflows.
LOSS_SCALE = 2.0**15


def _no_retracing(record: logging.LogRecord) -> bool:
    # TensorFlow takes the networks of several runs in one process (folds) for one that is compiled
    # again and again; each is compiled once.
    return "triggered tf.function retracing" not in record.getMessage()


logging.getLogger("tensorflow").addFilter(_no_retracing)


class Network:
    """A core network in training.

    ``core`` takes pixels 0–255 at crop size and is what is kept in the end; ``learner`` puts the
    augmentation in front of it and ``judge`` the central crop.

    Parameters
    ----------
    recipe
        What to build and how to train it.
    classes
        Number of classes.
    statistics
        Mean, sigma and vectors from ``augment.colour_pca`` of the training pictures; with a start
        its mean.
    precision
        Keras policy; None: what ``precision.choose`` says for this machine.
    devices
        How many GPUs, or logical processors, share each batch: a number, ``"all"``, None for one.
    start
        What its weights come from; None: all are drawn.
    last
        With a start: whether the last layer comes from there too.
    """

    def __init__(
        self,
        recipe: "Resolved",
        classes: int,
        statistics: Statistics,
        *,
        precision: str | None = None,
        devices: int | str | None = None,
        start: "Start | None" = None,
        last: bool = False,
    ) -> None:
        self.recipe = recipe
        self.scale = recipe.scaling if start is None else np.array(start.scale)
        self.arch = recipe.architecture
        self.size = self.arch.input_shape[0]
        self.fed = fed(self.arch.input_shape)  # side and channels
        self.classes = classes
        self.statistics = statistics
        self.precision = precision or choose(recipe.precision, recipe.initial)[0]
        self.strategy = _strategy(devices)
        self.class_weights: np.ndarray | None = None  # (classes,), of the loss
        keras.utils.set_random_seed(recipe.seed)
        deterministic()
        with self._scope():
            self.core = self._core(self.precision)
            if start is not None:
                start.give(self.core, last=last)
            for name in recipe.frozen:
                self.core.get_layer(name).trainable = False
            self.learner = self._learner()
            self.judge = self._judge()
            self.learner.optimizer.build(self.learner.trainable_variables)

    def _scope(self):
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def _core(self, precision: str) -> keras.Model:
        # The subtraction is float32 whatever the policy: pixels minus mean lose most in bfloat16.
        centre = keras.layers.Rescaling(
            np.asarray(self.scale).tolist(),
            (-np.asarray(self.statistics[0]) * self.scale).tolist(),
            dtype="float32",
            name="centre",
        )
        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy(precision)
        try:
            return models.build(
                self.arch,
                classes=self.classes,
                seed=self.recipe.seed,
                initial=self.recipe.initial,
                preprocessing=(centre,),
            )
        finally:
            keras.config.set_dtype_policy(policy)

    def _learner(self) -> keras.Model:
        inputs = {
            "images": self._pixels(),
            "offsets": keras.Input((2,), dtype="int32", name="offsets"),
            # Not bool: Keras' MirroredStrategy path adds up a first batch, and bools do not add.
            "flipped": keras.Input((), dtype="uint8", name="flipped"),
        }
        mean, sigma, vectors = self.statistics
        x = augment.RandomCrop(self.size)(
            inputs["images"], offsets=inputs["offsets"], flipped=inputs["flipped"]
        )
        if self._noisy:  # an input that leads nowhere is refused by Keras up to 3.13
            inputs["colours"] = keras.Input((self.fed[1],), dtype="float32", name="colours")
            colour = augment.PCAColour(sigma, vectors, mean, self.recipe.colour_noise)
            x = colour(x, numbers=inputs["colours"])
        learner = keras.Model(inputs, self._scores(_cast(x)), name="learner")
        self._compile(learner)
        return learner

    @property
    def _noisy(self) -> bool:
        """Whether colours are changed."""
        return bool(self.recipe.colour_noise) and "colour" in self.recipe.augment

    def _pixels(self) -> keras.KerasTensor:
        side, channels = self.fed
        return keras.Input((side, side, channels), dtype="uint8", name="images")

    def _judge(self) -> keras.Model:
        images = self._pixels()
        return keras.Model(images, self._scores(_cast(augment.CenterCrop(self.size)(images))))

    def _scores(self, pixels):
        """Return the core's scores; of digits that may be none, with the logit of none, 0."""
        scores = _as_float32(self.core(pixels))
        return keras.ops.pad(scores, [[0, 0], [0, 1]]) if self.recipe.broad else scores

    def bare(self) -> keras.Model:
        """Return the core alone, pixels at crop size to scores, compiled as the learner is."""
        model = keras.Model(self.core.input, _as_float32(self.core.output))
        self._compile(model)
        return model

    def _compile(self, model: keras.Model) -> None:
        model.compile(
            self._optimizer(),
            keras.losses.SparseCategoricalCrossentropy(from_logits=self.gives_logits),
            metrics=["accuracy"],
            # Measured on two cores: TensorFlow's XLA halves the speed of convolutions on a CPU.
            jit_compile=keras.backend.backend() == "jax" or bool(accelerators()),
        )

    def _optimizer(self) -> keras.optimizers.Optimizer:
        """Return the recipe's rule, with a scaled loss where small gradients would become 0.

        Keras wraps by itself only a model whose own policy is float16; the learner's is float32.
        """
        rule = optimizer.of(self.recipe)
        if self.precision != "mixed_float16":
            return rule
        return keras.optimizers.LossScaleOptimizer(rule, initial_scale=LOSS_SCALE)

    @property
    def gives_logits(self) -> bool:
        """Whether the last layer has no softmax of its own."""
        return getattr(self.arch.layers[-1], "activation", None) != "softmax"

    def train_epoch(
        self,
        batches: "Batches",
        epoch: int,
        rate: float,
        tick: Callable[[int], object] = lambda count: None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> dict:
        """Train for one epoch and return its mean ``loss`` (cross-entropy) and ``accuracy``.

        ``tick`` is told how many pictures have been handed out so far; ``callbacks`` are Keras',
        given to ``fit`` as they are.
        """
        self._reseed(epoch)
        optimizer.change_rate(self.learner.optimizer, rate)
        failures: list[Exception] = []
        fed = self._source(lambda: self._fed(batches, epoch, tick, failures))
        try:
            with _quiet():
                history = self.learner.fit(
                    fed,
                    epochs=1,
                    steps_per_epoch=len(batches),
                    shuffle=False,
                    verbose=0,
                    callbacks=list(callbacks) or None,
                )
        except Exception:
            # tf.data wraps what a generator raises into an error of its own, with a traceback as
            # its text; the sentence about an unreadable picture must come through as it was.
            if failures:
                raise failures[0] from None
            raise
        return {name: float(history.history[name][0]) for name in ("loss", "accuracy")}

    def _source(self, make):
        """Return what ``fit`` reads from: on TensorFlow a dataset that can be begun again.

        With several devices Keras takes a first batch to build its metrics and starts over; from a
        plain generator that batch would be missing in the epoch.
        """
        if keras.backend.backend() != "tensorflow":
            return make()
        import tensorflow as tf

        inputs = {name: _signature(tf, tensor) for name, tensor in self.learner.input.items()}
        signature: tuple = (inputs, tf.TensorSpec((None,), tf.int32))
        if self.class_weights is not None:
            signature = (*signature, tf.TensorSpec((None,), tf.float32))
        fed = tf.data.Dataset.from_generator(make, output_signature=signature).prefetch(2)
        # There is nothing to tune, and the tuner's thread, asleep for up to a second, would have to
        # wake before an epoch can end.
        options = tf.data.Options()
        options.autotune.enabled = False
        return fed.with_options(options)

    def _fed(self, batches, epoch: int, tick, failures: list) -> Iterator[tuple]:
        rng = np.random.default_rng([self.recipe.seed, epoch, 1])
        seen = 0
        try:
            for images, labels in batches.epoch(epoch):
                tick(seen)
                seen += len(labels)
                numbers = {"images": images} | self.numbers(rng, len(labels))
                fed = {name: numbers[name] for name in self.learner.input}, labels
                weights = self.class_weights
                yield fed if weights is None else (*fed, weights[labels])
        except Exception as error:
            failures.append(error)
            raise

    def numbers(self, rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
        """Draw what the augmentation needs for ``count`` pictures, always in the same order."""
        side, channels = self.fed
        offsets = rng.integers(0, side - self.size + 1, (count, 2), dtype="int32")
        flipped = (rng.random(count) < 0.5).astype("uint8")
        colours = rng.standard_normal((count, channels), dtype="float32")
        if "crop" not in self.recipe.augment:
            offsets = np.full((count, 2), (side - self.size) // 2, "int32")
        if "flip" not in self.recipe.augment:
            flipped = np.zeros(count, "uint8")
        return {"offsets": offsets, "flipped": flipped, "colours": colours}

    def _reseed(self, epoch: int) -> None:
        """Give every dropout layer the state that belongs to (seed, epoch)."""
        layers = [layer for layer in self.core.layers if hasattr(layer, "seed_generator")]
        states = np.random.SeedSequence([self.recipe.seed, epoch, 2]).generate_state(len(layers))
        for layer, state in zip(layers, states, strict=True):
            layer.seed_generator.state.assign([int(state) >> 1, 0])

    def validate(self, batches: "Batches") -> dict[str, float]:
        """Return ``val_loss`` and ``val_accuracy`` of the central crops.

        With weights for the classes also ``val_balanced_loss`` and ``val_balanced_accuracy``, the
        means over the classes' own (``class_means``).
        The scores of a few batches are held at a time: those of 50,000 pictures and 1000 classes
        would take gigabytes.
        """
        feed, found, truth = batches.epoch(0), [], []
        for begin in range(0, len(batches), BATCHES_JUDGED):
            steps = min(BATCHES_JUDGED, len(batches) - begin)
            labels: list[np.ndarray] = []
            with _quiet():
                images = _pictures(islice(feed, steps), labels)
                scores = self.judge.predict(images, steps=steps, verbose=0)
            truth.append(np.concatenate(labels))
            found.append(outcomes(scores, truth[-1], self.gives_logits))
        losses, right = (np.concatenate(parts) for parts in zip(*found, strict=True))
        plain = {"val_loss": float(losses.mean()), "val_accuracy": float(right.mean())}
        if self.class_weights is None:
            return plain
        return plain | class_means(
            sums_by_class(losses, right, np.concatenate(truth), self.classes)
        )

    def arrays(self) -> list[np.ndarray]:
        """Return the whole state: weights, then the optimizer's variables."""
        return [keras.ops.convert_to_numpy(variable) for variable in self.variables]

    def restore(self, arrays: list[np.ndarray]) -> None:
        """Put back what ``arrays`` returned.

        Raises
        ------
        UserError
            When they are those of another network.
        """
        variables = self.variables
        if [tuple(v.shape) for v in variables] != [np.shape(array) for array in arrays]:
            raise UserError(
                f"The checkpoint is of another network, or of another version of the code "
                f"({len(arrays)} arrays, this network in {self.precision} has {len(variables)}); "
                "start anew (--restart) or in a new folder."
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    @property
    def variables(self) -> list:
        """Weights, then the optimizer's variables."""
        return [*self.core.variables, *self.learner.optimizer.variables]

    def finished(self, weights: list[np.ndarray] | None = None) -> keras.Model:
        """Return the core in single precision, on one device: what is saved and used later.

        ``weights`` are those of the core after another epoch; None: as they are now.
        """
        weights = self.core.get_weights() if weights is None else weights
        # What was frozen here need not be where it is used.
        if self.precision == "float32" and self.strategy is None and not self.recipe.frozen:
            plain = self.core
        else:
            plain = self._core("float32")
        plain.set_weights(weights)
        return plain


def _signature(tf, tensor):
    return tf.TensorSpec(tensor.shape, tensor.dtype)


@contextlib.contextmanager
def _quiet():
    """Silence Keras' warning that a generator ended: it ends exactly where it should."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Your input ran out of data")
        yield


def _cast(images):
    return keras.ops.cast(images, "float32")


def _as_float32(scores):
    """Return the scores in single precision, whatever the layers use: for the loss."""
    return keras.layers.Activation("linear", dtype="float32", name="scores")(scores)


def _pictures(batches, labels: list[np.ndarray]):
    """Yield the pictures of batches as ``predict`` takes them, and put the labels aside."""
    for pictures, truth in batches:
        labels.append(truth)
        yield (pictures,)


def outcomes(scores: Tensor, labels: np.ndarray, logits: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the cross-entropy of each row of (N, classes) scores, and whether it is right.

    Examples
    --------
    >>> losses, right = outcomes([[0.0, 0.0], [9.0, 0.0]], np.array([1, 0]), logits=True)
    >>> losses.round(4).tolist(), right.tolist()
    ([0.6931, 0.0001], [False, True])
    """
    scores = np.asarray(scores, "float64")
    if logits:
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    else:
        logs = np.log(np.maximum(scores, 1e-7))
    return -logs[np.arange(len(labels)), labels], scores.argmax(axis=1) == labels


def sums_by_class(
    losses: np.ndarray, right: np.ndarray, labels: np.ndarray, classes: int
) -> np.ndarray:
    """Return sums for each class, (3, classes): of its losses, right answers and pictures."""
    weights = (losses, right, None)
    return np.stack([np.bincount(labels, one, minlength=classes) for one in weights])


def class_means(sums: np.ndarray) -> dict[str, float]:
    """Return loss and accuracy when each class that occurs counts alike, from ``sums_by_class``.

    Examples
    --------
    >>> class_means(np.array([[4.0, 1.0, 0.0], [9, 0, 0], [10, 1, 0]]))
    {'val_balanced_loss': 0.7, 'val_balanced_accuracy': 0.45}
    """
    losses, right, counts = sums[:, sums[2] > 0]
    return {
        "val_balanced_loss": float((losses / counts).mean()),
        "val_balanced_accuracy": float((right / counts).mean()),
    }


def devices_for(wanted: int | str | None, batch: int) -> int:
    """Return over how many devices a batch is shared: as many as wanted that get equal parts.

    With unequal parts the mean over the devices is not the mean over the pictures, and a device
    without a picture makes it nan.

    Raises
    ------
    UserError
        When more are wanted than there are.
    """
    if wanted is None or wanted == 1:
        return 1
    found = len(_found())
    if isinstance(wanted, str) and wanted != "all":
        raise UserError(f'devices must be a number or "all", got {wanted!r}.')
    count = found if isinstance(wanted, str) else wanted
    if count > found:
        kind = "GPU" if accelerators() else "CPU"
        raise UserError(f"devices: {count} are wanted and there are {found} ({kind}).")
    return next(n for n in range(count, 0, -1) if batch % n == 0)


def _found() -> list[str]:
    """Return the names of the GPUs, or where there are none of the logical processors."""
    if keras.backend.backend() != "tensorflow":
        raise UserError("devices takes TensorFlow; with JAX train with --hosts local:N.")
    import tensorflow as tf

    devices = tf.config.list_logical_devices
    return [device.name for device in devices("GPU") or devices("CPU")]


def _strategy(wanted: int | str | None):
    """Return a MirroredStrategy over so many GPUs, or logical processors; None for one device."""
    count = devices_for(wanted, 0)  # which any number shares
    if count == 1:
        return None
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(_found()[:count])
