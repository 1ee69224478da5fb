"""One training step against PyTorch (CPU): same network, same batch of 32, same update rule.

PyTorch is no dependency of the book; without it the script says so and ends well.
The network is the ``one_tower`` specification, built in PyTorch from the same records. Each side
runs at its best: ours in the precision that a run would choose, PyTorch eager, with channels last,
and with bfloat16 autocast as well, of which the fastest counts. The ways take turns.
"""

import os
from collections.abc import Callable

import numpy as np
from common import figure, ratio, seconds

from helpers import architectures as arches

BATCH, STEPS, ROUNDS = 32, 4, 5
#: Name of each of PyTorch's ways: channels last?, autocast?
THEIRS = {
    "PyTorch, eager": (False, False),
    "PyTorch, channels last": (True, False),
    "PyTorch, channels last, bfloat16": (True, True),
}


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
    steps = {f"ours, {name}": _keras_step(arch, images, labels, name) for name in _ours()}
    for name, (last, half) in THEIRS.items():
        steps[name] = _torch_step(arch, images, labels, torch, last, half)
    rates = _rates(steps)
    for name, rate in rates.items():
        figure(f"training step, {name}", f"{rate:.1f} images/s")
    best = [max(r for n, r in rates.items() if n.startswith(who)) for who in ("ours", "PyTorch")]
    ratio("training step, ours at its best / PyTorch at its best", best[0] / best[1], "≥ 1")


def _ours() -> tuple[str, ...]:
    from helpers.training.precision import processor_has_bfloat16

    return ("float32", *(["mixed_bfloat16"] if processor_has_bfloat16() else []))


def _rates(steps: dict[str, Callable]) -> dict[str, float]:
    """Return images/s of each way, the median over all rounds."""
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            taken[name] += seconds(step, STEPS, warm=1)
    return {name: BATCH / float(np.median(times)) for name, times in taken.items()}


def _keras_step(arch, images, labels, precision: str) -> Callable:
    import keras

    from helpers import models
    from helpers.training import PaperSGD

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        core = models.build(arch, seed=0)
    finally:
        keras.config.set_dtype_policy(before)
    model = keras.Model(core.input, keras.layers.Activation("linear", dtype="float32")(core.output))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(PaperSGD(1e-3), loss, jit_compile=False)
    return lambda: model.train_on_batch(images, labels)


def _torch_step(arch, images, labels, torch, last: bool, half: bool) -> Callable:
    network = torch.nn.Sequential(*_torch_layers(arch, torch.nn))
    x = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    network(x[:1])  # its layers learn their sizes
    if last:
        network, x = (part.to(memory_format=torch.channels_last) for part in (network, x))
    optimizer = torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9, weight_decay=5e-4)
    y = torch.from_numpy(labels)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
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
