"""One training step against PyTorch (eager, CPU): same network, same batch of 32, same update rule.

PyTorch is no dependency of the book; without it the script says so and ends well.
The network is the ``one_tower`` specification, built in PyTorch from the same records.
"""

import os

import numpy as np
from common import ratio, seconds

from helpers import architectures as arches

BATCH, STEPS, ROUNDS = 32, 4, 3


def main() -> None:
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed; `pip install torch` (the CPU build is enough) and repeat.")
        return
    torch.set_num_threads(os.cpu_count())
    arch = arches.with_classes(arches.get("one_tower"), 2)
    rng = np.random.default_rng(0)
    images = rng.normal(size=(BATCH, *arch.input_shape)).astype("float32")
    labels = rng.integers(0, 2, BATCH)
    ours, theirs = _keras_step(arch, images, labels), _torch_step(arch, images, labels, torch)
    mine, other = [], []
    for _ in range(ROUNDS):
        mine += seconds(ours, STEPS, warm=1)
        other += seconds(theirs, STEPS, warm=1)
    print(
        f"Keras {BATCH / np.median(mine):.1f} images/s, "
        f"PyTorch {BATCH / np.median(other):.1f} images/s"
    )
    ratio("training step, ours / PyTorch eager", np.median(other) / np.median(mine), "≥ 1")


def _keras_step(arch, images, labels):
    import keras

    from helpers import models
    from helpers.training import PaperSGD

    model = models.build(arch, seed=0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(PaperSGD(1e-3), loss, jit_compile=False)
    return lambda: model.train_on_batch(images, labels)


def _torch_step(arch, images, labels, torch):
    network = torch.nn.Sequential(*_torch_layers(arch, torch.nn))
    optimizer = torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9, weight_decay=5e-4)
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    y = torch.from_numpy(labels)

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _torch_layers(arch, nn):
    for record in arch.layers:
        match record:
            case arches.Conv():
                yield nn.LazyConv2d(
                    record.filters,
                    record.kernel,
                    record.stride,
                    record.padding,
                    groups=record.groups,
                )
            case arches.Pool():
                yield nn.MaxPool2d(record.kernel, record.stride)
            case arches.Dense():
                yield nn.LazyLinear(record.units)
            case arches.Dropout():
                yield nn.Dropout(record.rate)
            case arches.Flatten():
                yield nn.Flatten()
        if getattr(record, "activation", None) == "relu":
            yield nn.ReLU()


if __name__ == "__main__":
    main()
