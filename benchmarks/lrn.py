"""LRN forward and backward: this book's layer against ``tf.nn.local_response_normalization``.

At 32×55×55×96 (conv1 of AlexNet, batch 32), float32, outside XLA, the same gradient flowing in.
"""

from common import ratio, seconds  # noqa: I001  sets the log level before TensorFlow is loaded

import keras  # noqa: F401
import numpy as np
import tensorflow as tf

from helpers.lrn import LocalResponseNormalization

SHAPE = (32, 55, 55, 96)


def main() -> None:
    rng = np.random.default_rng(0)
    x = tf.constant(np.maximum(rng.normal(size=SHAPE) * 20, 0), tf.float32)
    upstream = tf.constant(rng.normal(size=SHAPE), tf.float32)
    layer = LocalResponseNormalization(5, 2.0, 1e-4, 0.75)
    layer.build(SHAPE)
    theirs = lambda a: tf.nn.local_response_normalization(a, 2, 2.0, 1e-4, 0.75)  # noqa: E731
    ours, reference = _with_gradient(layer), _with_gradient(theirs)
    worst = max(
        float(tf.reduce_max(tf.abs(a - b)) / tf.reduce_max(tf.abs(b)))
        for a, b in zip(ours(x, upstream), reference(x, upstream), strict=True)
    )
    assert worst < 1e-5, worst
    # In turns, so that both meet the same machine.
    mine, other = [], []
    for _ in range(5):
        mine += seconds(lambda: ours(x, upstream), 4, warm=1)
        other += seconds(lambda: reference(x, upstream), 4, warm=1)
    print(
        f"ours {1e3 * np.median(mine):.1f} ms, tf.nn {1e3 * np.median(other):.1f} ms, "
        f"largest relative difference {worst:.1e}"
    )
    ratio("LRN forward + backward, tf.nn / ours", np.median(other) / np.median(mine), "≥ 3")


def _with_gradient(function):
    @tf.function
    def both(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x, upstream)

    return both


if __name__ == "__main__":
    main()
