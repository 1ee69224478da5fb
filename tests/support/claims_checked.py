"""One computation for each testable record of the ledger: id -> function without arguments.

There is one table for each kind of record that can be checked. Chapters show many of these again;
the tables make sure that none goes unchecked. A computation never uses the record's own value.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from helpers import architectures, augment, lrn, shapes
from helpers.architectures import LRN, Conv, Dense, Dropout, Flatten, Pool, SpatialLRN
from helpers.book.claims import value

BATCH, EPOCHS, IMAGES = 128, 90, 1_200_000
CONVS = [f"conv{i}" for i in range(1, 6)]
LEARNED = [*CONVS, "fc6", "fc7", "fc8"]
#: Names of the submitted files on the official results page of 2012.
SUPPLIED_ENTRY = "test-preds-131-137-145-135-145f.txt"
EXTRA_ENTRY = "test-preds-141-146.2009-131-137-145-146.2011-145f."


def layers(arch: str, kind: type) -> list:
    """Return the records of one type in an architecture."""
    return [record for record in architectures.get(arch).layers if isinstance(record, kind)]


def layer(arch: str, name: str):
    """Return one record of an architecture."""
    return architectures.get(arch).layer(name)


def shape(arch: str, name: str, size: int | None = None) -> shapes.LayerShape:
    """Return one line of the layer table."""
    return next(step for step in shapes.trace(arch, size) if step.name == name)


def side(arch: str, name: str, size: int | None = None) -> int:
    """Return the height of a layer's output."""
    return shape(arch, name, size).output_shape[0]


def ceil_output(size: int, kernel: int, stride: int) -> int:
    """Return the released code's output size (``layer.py:1004``)."""
    return 1 + math.ceil((size - kernel) / stride)


def pools() -> list[int]:
    """Return the sides of the three pooled maps, one after another."""
    sides = [55]
    for _ in range(3):
        sides.append(ceil_output(sides[-1], 3, 2))
    return sides[1:]


def share(names: list[str], what: str) -> float:
    """Return the share of layers in parameters or macs of the paper's network, in %."""
    steps = shapes.trace("paper")
    part = sum(getattr(step, what) for step in steps if step.name in names)
    return 100 * part / sum(getattr(step, what) for step in steps)


def widths(arch: str) -> list[int]:
    """Return the kernels of the five convolutions."""
    return [layer(arch, name).filters for name in CONVS]


def percent(id: str) -> float:
    """Return a fraction of the released log in per cent."""
    return 100 * value(id)


def gain(net: str, k: str, base: str) -> float:
    """Return by how many points a net of the log is worse than another."""
    return percent(f"code.log_{net}_{k}") - percent(f"code.log_{base}_{k}")


def order(arch: str) -> str:
    """Return what happens inside layer 1, in order."""
    words = []
    for record in architectures.get(arch).layers:
        if record.name == "conv2":
            return ", ".join(words)
        words.append(architectures.kind(record))
        words += ["relu"] if getattr(record, "activation", None) == "relu" else []
    raise AssertionError("no conv2")


def decay(steps: int, rate: float, weight_decay: float, momentum: float = 0.9) -> float:
    """Return what the paper's rule (§5) leaves of a weight of 1 without any gradient."""
    weight, velocity = 1.0, 0.0
    for _ in range(steps):
        velocity = momentum * velocity - weight_decay * rate * weight
        weight += velocity
    return weight


def keras_decay(steps: int, rate: float, weight_decay: float) -> float:
    """Return the same for Keras, which decays beside the momentum (base_optimizer.py:952-959)."""
    weight = 1.0
    for _ in range(steps):
        weight -= weight * weight_decay * rate
    return weight


def tower_channels() -> list[int]:
    """Return the channels in which one LRN over 96 differs from two over 48."""
    a = np.random.default_rng(0).normal(size=96) ** 2 + 1
    whole = lrn.lrn(a)
    towers = np.concatenate([lrn.lrn(a[:48]), lrn.lrn(a[48:])])
    return np.flatnonzero(~np.isclose(whole, towers, rtol=1e-12)).tolist()


def example_in() -> np.ndarray:
    """Return the four rows of eight activations of article-2 (L76-L83)."""
    up, down = np.arange(1.0, 9), np.arange(8.0, 0, -1)
    third = np.array([4.0, 3, 2, 1, 8, 7, 6, 5])
    return np.stack([up, down, third, up])


def example(row: int | None = None, channel: int | None = None):
    """Return article-2's example normalised by the plain loop, or one value of it."""
    b = lrn.lrn_loop(example_in(), n=5, k=0.0, alpha=1.0, beta=1.0)
    return b.ravel() if row is None else b[row, channel]


def example_sum(row: int, channel: int) -> float:
    """Return the sum of squares in one window of article-2's example."""
    return sum(example_in()[row, j] ** 2 for j in lrn.window(channel, 5, 8))


def colour_divisor() -> float:
    """Return by what the pixels are divided when the colour noise happens to be zero."""
    image = np.full((1, 1, 1, 3), 100.0)
    out = augment.shift_colour(image, np.zeros((1, 3)), np.zeros(3), np.ones(3), np.eye(3))
    return 100.0 / float(np.asarray(out).ravel()[0])


def colour_multiplier() -> str:
    """Tell what the stored colour figures are, by the known eigenvalues of ImageNet's colours."""
    stored, known = np.sort(SIGMA / 255), np.sort(TORCH_EIGENVALUES)
    readings = {"eigenvalue": known, "square root of the eigenvalue": np.sqrt(known)}
    return min(readings, key=lambda name: np.abs(np.log(stored / readings[name])).max())


def tensorflow_defaults() -> list:
    """Return the defaults of TensorFlow's own LRN."""
    import tensorflow as tf

    found = inspect.signature(tf.nn.local_response_normalization).parameters
    return [found[name].default for name in ("depth_radius", "bias", "alpha", "beta")]


def default(function: Callable, name: str):
    """Return the default of one argument."""
    return inspect.signature(function).parameters[name].default


def image_size() -> int:
    """Return the side to which this book decodes pictures."""
    from helpers import datasets

    return default(datasets.decode, "size")


def submitted_nets(name: str) -> int:
    """Count the nets in the file name of an entry."""
    return len(name.removeprefix("test-preds-").removesuffix("txt").rstrip(".").split("-"))


def image_rates() -> list[float]:
    """Return images per second of a training of six and of five days."""
    return [IMAGES * EPOCHS / (days * 24 * 3600) for days in reversed(value("paper.days"))]


def training_flop() -> float:
    """Return the operations of the whole training in 10^17."""
    macs = shapes.totals("paper").macs
    return 3 * 2 * macs * value("official.training_images_2012") * EPOCHS / 1e17


def official_gap() -> float:
    """Return the larger distance between validation (Table 2) and official test error."""
    pairs = (
        ("paper.table2_five_cnns_top5", "official.supervision_supplied"),
        ("paper.table2_seven_cnns_top5", "official.supervision_extra"),
    )
    return max(abs(value(paper) - percent(test)) for paper, test in pairs)


def dropout_layers() -> list[str]:
    """Return the names of the layers whose output is dropped."""
    records = architectures.get("original_145").layers
    return [a.name for a, b in pairwise(records) if isinstance(b, Dropout)]


def crossing() -> str:
    """Return the convolution after the first that reads both towers."""
    return next(r.name for r in layers("original_145", Conv)[1:] if r.groups == 1)


def depths() -> list[int]:
    """Return the input channels that one kernel of each convolution sees, from its weights."""
    found = []
    for record in layers("original_145", Conv):
        weights = shape("original_145", record.name).parameters - record.filters  # less the biases
        found.append(weights // (record.filters * record.kernel**2))
    return found


def values_in(arch: str) -> int:
    """Return how many numbers enter a network: its input laid flat."""
    bare = replace(architectures.get(arch), layers=(Flatten("flat"),))
    return shapes.trace(bare)[0].output_shape[0]


def ten_views() -> int:
    """Return how many views the book's ten_crop makes of one picture."""
    return augment.ten_crop(np.zeros((1, 8, 8, 1)), 6).shape[1]


def learned(arch: str) -> int:
    """Count convolutions and dense layers."""
    return len(layers(arch, Conv)) + len(layers(arch, Dense))


def code_lrn(name: str):
    """Return a constant of #145's LRN as the released code writes it (its scale is divided)."""
    record = layer("original_145", "lrn1")
    return {
        "scale": record.alpha * record.n,
        "mindiv": record.k,
        "pow": record.beta,
        "size": record.n,
    }[name]


def totals(arch: str, what: str, size: int | None = None) -> int:
    """Return a total of one architecture."""
    return getattr(shapes.totals(arch, size), what)


def cifar() -> dict:
    """Return article-4's LRN as cuda-convnet would write it: radius 4, alpha 0.001/9, bias 1."""
    return lrn.convert("tensorflow", "cuda-convnet", n=2 * 4 + 1, k=1, alpha=0.001 / 9)


PAPER_IN_TF = lrn.convert("paper", "tensorflow")
SIGMA = np.array(value("cuda_convnet2.colour_sigma"))
TORCH_EIGENVALUES = np.array(value("literature.torch_eigenvalues"))
MAIN = "code.log_145_2010_multiview"

#: By code: the package, or the installed library. No record is read here.
RECOMPUTED: dict[str, Callable] = {
    # The data sets
    "paper.bits_per_label": lambda: round(math.log2(layer("paper", "fc8").units), 2),
    # Sizes, borders and the 224/227 question
    "paper.input_values": lambda: values_in("paper"),
    # Layers and units
    "paper.kernel_depths": depths,
    # Parameters, multiply-adds and neurons
    **{f"paper.{n}_neurons": lambda n=n: shape("paper", n).neurons for n in CONVS},
    "paper.parameters": lambda: totals("paper", "parameters"),
    "paper.neurons": lambda: totals("paper", "neurons"),
    "paper.conv_share": lambda: max(share([name], "parameters") for name in CONVS),
    "slides.connections": lambda: totals("paper", "macs"),
    "slides.parameters": lambda: totals("paper", "parameters"),
    "torchvision.parameters": lambda: totals("torchvision", "parameters"),
    "torchvision.gflops": lambda: totals("torchvision", "macs") / 1e9,
    # Local response normalisation
    "tensorflow.lrn_defaults": tensorflow_defaults,
    # Crops, flips, colour and ten views
    "paper.augmentation_factor": lambda: shapes.output_size(256, 224) ** 2 * 2,
    "paper.ten_views": ten_views,
    "code.num_views": ten_views,
    # The other abstract
    "neurips.neurons": lambda: totals("paper", "neurons"),
    # Article 0
    **{
        f"article0.{n}_parameters": lambda n=n: shape("two_class", n).parameters
        for n in [*LEARNED, "fc9"]
    },
    "article0.parameters": lambda: totals("two_class", "parameters"),
    "article0.sizes": lambda: [
        step.output_shape[0] for step in shapes.trace("two_class") if step.kind in ("conv", "pool")
    ],
    "article0.flatten": lambda: shape("two_class", "flatten").output_shape[0],
    "decaf.last_region": lambda: 11 - shapes.overhang(224, 11, 4, rounding="ceil"),
    # Article 1
    "article1.input_size": lambda: 224 + shapes.overhang(224, 11, 4, rounding="ceil"),
    # Article 2
    "article2.conv1_output": lambda: shapes.output_size(227, 11, 4),
    "article2.padded_size": lambda: 224 + shapes.overhang(224, 11, 4, rounding="ceil"),
    "article2.pool1_text": lambda: shapes.output_size(55, 3, 2),
    "article2.pool1_code": lambda: side("keras_tutorial", "pool1", 224),
    "article2.lrn_example.sum0": lambda: example_sum(0, 0),
    "article2.lrn_example.sum3": lambda: example_sum(0, 3),
    "article2.lrn_example.sum8": lambda: example_sum(1, 0),
    "article2.lrn_example.b0": lambda: example(0, 0),
    "article2.lrn_example.b3": lambda: example(0, 3),
    "article2.lrn_example.b8": lambda: example(1, 0),
    "article2.lrn_example.all": example,
    # Article 3
    "article3.neurons": lambda: totals("paper", "neurons"),
    "article3.parameters": lambda: totals("paper", "parameters"),
    "article3.padded_size": lambda: 224 + sum(shapes.pad_amounts(224, 11, 4, 2)),
    # Article 4
    "article4.parameters": lambda: totals("paper", "parameters"),
    "article4.neurons": lambda: totals("paper", "neurons"),
}

#: What the book works out from a source that does not print the number itself.
DERIVED: dict[str, Callable] = {
    # Error rates
    "official.supervision_extra_nets": lambda: submitted_nets(EXTRA_ENTRY),
    # Time and hardware
    "paper.images_per_second": image_rates,
    "paper.updates_millions": lambda: [n * EPOCHS / BATCH / 1e6 for n in (IMAGES, 1_281_167)],
    "paper.training_flop": training_flop,
    "hardware.gtx580_peak": lambda: 512 * 1.544e9 * 2 / 1e12,
    # Sizes, borders and the 224/227 question
    "code.conv1_output": lambda: side("original_145", "conv1"),
    "code.conv1_floor": lambda: shapes.output_size(224, 11, 4),
    "code.last_window": lambda: [54 * 4, 54 * 4 + 11 - 1],
    "code.overhang": lambda: shapes.overhang(224, 11, 4, rounding="ceil"),
    "code.pool_outputs": pools,
    "code.inner_size": lambda: 256 - 2 * 16,
    "caffe.conv1_output": lambda: side("caffe", "conv1"),
    "torchvision.conv1_output": lambda: side("torchvision", "conv1"),
    "tensorflow.conv1_same": lambda: shapes.output_size(224, 11, 4, "same"),
    "tensorflow.conv1_valid": lambda: shapes.output_size(224, 11, 4, "valid"),
    "slim.outputs": lambda: [side("slim", name) for name in ("conv1", "pool1", "pool2", "pool5")],
    "code.no_overlap_sizes": lambda: [
        side("no_overlap_147", n) for n in ("conv1", "pool1", "conv2", "pool2", "conv5", "pool5")
    ],
    # Parameters, multiply-adds and neurons
    **{f"code.{n}_parameters": lambda n=n: shape("original_145", n).parameters for n in LEARNED},
    **{f"code.{n}_macs": lambda n=n: shape("original_145", n).macs for n in LEARNED},
    "paper.caption_sum": lambda: totals("paper", "neurons"),
    "code.parameters": lambda: totals("original_145", "parameters"),
    "code.macs": lambda: totals("original_145", "macs"),
    "code.neurons": lambda: totals("original_145", "neurons"),
    "code.conv_parameter_share": lambda: share(CONVS, "parameters"),
    "code.conv_mac_share": lambda: share(CONVS, "macs"),
    "code.half_parameters": lambda: totals("half_145", "parameters"),
    "slim.parameters": lambda: totals("slim", "parameters"),
    # Local response normalisation
    "code.lrn_tower_channels": tower_channels,
    "cuda_convnet.paper_scale": lambda: lrn.convert("paper", "cuda-convnet")["scale"],
    "caffe.paper_alpha": lambda: lrn.convert("paper", "caffe")["alpha"],
    "pytorch.paper_alpha": lambda: lrn.convert("paper", "pytorch")["alpha"],
    "tensorflow.paper_radius": lambda: PAPER_IN_TF["depth_radius"],
    "tensorflow.paper_alpha": lambda: PAPER_IN_TF["alpha"],
    "tensorflow.code_alpha": lambda: lrn.convert("cuda-convnet", "tensorflow")["alpha"],
    "tensorflow.caffe_alpha": lambda: lrn.convert("caffe", "tensorflow", k=1)["alpha"],
    # Crops, flips, colour and ten views
    "code.crop_offsets": lambda: shapes.output_size(256, 224),
    "code.crop_variants": lambda: shapes.output_size(256, 224) ** 2 * 2,
    "code.crops_in_batch": lambda: BATCH // value("code.crop_chunk"),
    "code.colour_divisor": colour_divisor,
    "cuda_convnet2.colour_eigenvalues": lambda: (SIGMA / 255) ** 2,
    "code.colour_shift": lambda: value("code.colour_coefficient") * SIGMA[::-1],
    "paper.colour_shift_literal": lambda: 0.1 * TORCH_EIGENVALUES * 255,
    # Dropout
    "code.dropout_weight_factor": lambda: 1 / (1 - layer("original_145", "drop6").rate),
    # Training
    "caffe.epochs": lambda: value("caffe.iterations") * value("caffe.batch_size") / 1_281_167,
    # Weight decay
    "paper.decay_l2": lambda: value("paper.weight_decay") / 2,
    "paper.decay_10000": lambda: decay(10_000, 0.01, 0.0005),
    "keras.decay_10000": lambda: keras_decay(10_000, 0.01, 0.0005),
    "keras.decay_10000_tenfold": lambda: keras_decay(10_000, 0.01, 0.005),
    "keras.decay_too_weak": lambda: (
        math.log(decay(10_000, 0.01, 0.0005)) / math.log(keras_decay(10_000, 0.01, 0.0005))
    ),
    "tfa.decay_factor": lambda: 0.0005 / (0.01 * 0.0005),
    # Article 2
    "article2.parameters": lambda: totals("keras_tutorial", "parameters"),
    "article2.macs_224": lambda: totals("keras_tutorial", "macs", 224),
    "article2.parameters_64": lambda: totals("keras_tutorial", "parameters", 64),
    # Article 4
    "article4.conv1_output": lambda: side("mnist", "conv1"),
    "article4.pool1_output": lambda: side("mnist", "pool1"),
    "article4.parameters_1024": lambda: totals("mnist", "parameters"),
}

#: One typed number against another: a record, or the specification of a network.
COMPARED: dict[str, Callable] = {
    # The data sets
    "paper.training_images": lambda: value("official.training_images_2012"),
    "paper.validation_images": lambda: layer("paper", "fc8").units * 50,
    "paper.classes": lambda: layer("paper", "fc8").units,
    "paper.image_size": lambda: value("code.image_size"),
    "code.image_size": image_size,
    # Error rates
    "code.log_148_note": lambda: percent("code.log_148_top1") - percent("code.log_145_2012_top1"),
    "paper.table1_cnn_top1": lambda: percent(f"{MAIN}_top1"),
    "paper.table1_cnn_top5": lambda: percent(f"{MAIN}_top5"),
    "paper.no_averaging_top1": lambda: percent("code.log_145_2010_centre_top1"),
    "paper.no_averaging_top5": lambda: percent("code.log_145_2010_centre_top5"),
    "paper.table2_one_cnn_top1": lambda: percent("code.log_145_2012_top1"),
    "paper.table2_one_cnn_top5": lambda: percent("code.log_145_2012_top5"),
    "paper.table2_one_cnn_extra_top1": lambda: percent("code.log_146_top1"),
    "paper.table2_one_cnn_extra_top5": lambda: percent("code.log_146_top5"),
    "paper.table2_five_cnns_test": lambda: percent("official.supervision_supplied"),
    "paper.table2_seven_cnns_test": lambda: percent("official.supervision_extra"),
    "paper.table2_second_test": lambda: percent("official.second_place"),
    "paper.ensemble_sizes": lambda: [submitted_nets(SUPPLIED_ENTRY), submitted_nets(EXTRA_ENTRY)],
    "paper.validation_test_gap": official_gap,
    "literature.senet_gain": lambda: (
        100 * (1 - value("literature.winner_2017") / value("literature.winner_2016"))
    ),
    # Time and hardware
    "paper.gpus": lambda: layer("paper", "conv2").groups,
    "paper.gpu_memory": lambda: value("code.gpu_memory"),
    "paper.epochs": lambda: value("code.schedule_2012")[-1],
    # Sizes, borders and the 224/227 question
    "paper.input_size": lambda: value("cuda_convnet2.inner_size"),
    "code.conv1_partial_sum": lambda: math.gcd(5, side("original_145", "conv1") ** 2),
    "code.padding_conv1": lambda: layer("original_145", "conv1").padding,
    "cuda_convnet2.inner_size": lambda: architectures.get("original_145").input_shape[0],
    "caffe.crop_size": lambda: architectures.get("caffe").input_shape[0],
    # Layers and units
    "paper.layers": lambda: learned("paper"),
    "paper.conv_layers": lambda: len(layers("paper", Conv)),
    "paper.fc_layers": lambda: len(layers("paper", Dense)),
    "paper.max_pools": lambda: len(layers("original_145", Pool)),
    "paper.kernels": lambda: widths("original_145"),
    "paper.kernel_sizes": lambda: [record.kernel for record in layers("original_145", Conv)],
    "paper.conv1_stride": lambda: layer("original_145", "conv1").stride,
    "paper.fc_units": lambda: [record.units for record in layers("original_145", Dense)],
    "paper.pool_size": lambda: layer("original_145", "pool1").kernel,
    "paper.pool_stride": lambda: layer("original_145", "pool1").stride,
    "code.tower_widths": lambda: [w // 2 for w in [*widths("original_145"), 4096, 4096]],
    "code.crossing_layer": crossing,
    # Parameters, multiply-adds and neurons
    **{f"paper.{n}_neurons": lambda n=n: layer("paper", n).units for n in ("fc6", "fc7", "fc8")},
    "torchvision.widths": lambda: widths("torchvision"),
    "slim.widths": lambda: widths("slim"),
    # Local response normalisation
    **{f"code.lrn_{n}": lambda n=n: code_lrn(n) for n in ("scale", "mindiv", "pow", "size")},
    "paper.lrn_k": lambda: value("code.lrn_mindiv"),
    "paper.lrn_n": lambda: value("code.lrn_size"),
    "paper.lrn_alpha": lambda: value("code.lrn_scale") / value("code.lrn_size"),
    "paper.lrn_beta": lambda: value("code.lrn_pow"),
    "paper.lrn_channels": lambda: [
        layer("original_145", f"conv{i}").filters // layer("original_145", f"lrn{i}").groups
        for i in (1, 2)
    ],
    "code.cnorm_size": lambda: layer("original_145", "cnorm2").size,
    "code.cnorm_scale": lambda: layer("original_145", "cnorm2").scale,
    "code.cnorm_pow": lambda: layer("original_145", "cnorm2").beta,
    "caffe.lrn_k": lambda: layer("caffe", "lrn1").k,
    "cuda_convnet.cifar_scale": lambda: cifar()["scale"],
    "cuda_convnet.cifar_size": lambda: cifar()["size"],
    # Crops, flips, colour and ten views
    "paper.colour_sigma": lambda: value("code.colour_coefficient"),
    "code.colour_coefficient": lambda: default(augment.shift_colour, "noise"),
    "paper.colour_multiplier": colour_multiplier,
    # Dropout
    "paper.dropout": lambda: layer("original_145", "drop6").rate,
    "paper.dropout_layers": dropout_layers,
    "code.dropout_test_factor": lambda: 1 - layer("original_145", "drop6").rate,
    # Training
    "paper.batch_size": lambda: value("code.batch_size"),
    "paper.momentum": lambda: value("code.momentum"),
    "paper.weight_decay": lambda: value("code.weight_decay"),
    "paper.learning_rate": lambda: value("code.learning_rates")[0],
    "code.learning_rates": lambda: [0.01 / 10**i for i in range(4)],
    "paper.rate_reductions": lambda: len(value("code.learning_rates")) - 1,
    "paper.equal_rates": lambda: value("code.bias_rate") / value("code.learning_rates")[0],
    "paper.initial_std": lambda: max(layer("original_145", n).weight_std for n in LEARNED),
    "code.initial_std": lambda: [layer("original_145", name).weight_std for name in LEARNED],
    "paper.bias_one_layers": lambda: [n for n in LEARNED if layer("original_145", n).bias == 1],
    "caffe.fc_initial_std": lambda: layer("caffe", "fc6").weight_std,
    "caffe.initial_bias": lambda: layer("caffe", "conv2").bias,
    # Order of the layers
    "paper.order_layer1": lambda: order("original_145"),
    "paper.normalisers": lambda: (
        len(layers("original_145", LRN)) + len(layers("original_145", SpatialLRN))
    ),
    "caffenet.order_layer1": lambda: order("caffenet"),
    # The other abstract
    "neurips.images": lambda: value("paper.training_images"),
    "neurips.top1": lambda: value("paper.table1_cnn_top1"),
    "neurips.top5": lambda: value("paper.table1_cnn_top5"),
    "neurips.fc_layers": lambda: len(layers("paper", Dense)),
    # Article 0
    "article0.training_images": lambda: value("official.training_images_2012"),
    "article0.validation_images": lambda: value("paper.validation_images"),
    "article0.validation_per_class": lambda: value("paper.validation_images") / 1000,
    "article0.top5": lambda: value("paper.table2_one_cnn_top5"),
    "article0.previous": lambda: value("paper.table2_second_test"),
    "article0.max_pools": lambda: len(layers("paper", Pool)),
    "article0.validation_two_classes": lambda: 2 * value("article0.validation_per_class"),
    "article0.accuracy": lambda: 100 - value("article0.errors"),
    "article0.errors": lambda: 1 + 3,
    "article0.epochs": lambda: value("paper.epochs"),
    "article0.learning_rate": lambda: 1e-5,
    # Article 1
    "article1.imagenet_images": lambda: value("paper.imagenet_images"),
    "article1.imagenet_classes": lambda: value("paper.imagenet_classes"),
    "article1.gpu_memory": lambda: value("paper.gpu_memory"),
    "article1.layers": lambda: learned("paper"),
    "article1.layer4_share": lambda: 0.5 * (layer("paper", "conv4").groups == 1),
    "article1.crop_size": lambda: value("paper.input_size"),
    # Article 2
    "article2.gap": lambda: (
        percent("official.second_place") - percent("official.supervision_extra")
    ),
    "article2.years_since_lenet": lambda: f"{2012 - value('literature.lenet_year')} years",
    "article2.tower_widths": lambda: value("code.tower_widths"),
    "article2.last_pool": lambda: layer("original_145", "pool5").kernel,
    "article2.dropout_test_factor": lambda: 1 - layer("original_145", "drop6").rate,
    # Article 3
    "article3.images": lambda: value("paper.training_images"),
    "article3.images_garbled": lambda: value("paper.training_images"),
    "article3.top1": lambda: value("paper.table1_cnn_top1"),
    "article3.top5": lambda: value("paper.table1_cnn_top5"),
    "article3.test_error": lambda: value("paper.table2_one_cnn_top5"),
    "article3.second": lambda: percent("official.second_place"),
    "article3.fc_layers": lambda: len(layers("paper", Dense)),
    "article3.epochs": lambda: value("paper.epochs"),
    "article3.rate_reduction": lambda: (
        value("code.learning_rates")[0] / value("code.learning_rates")[-1]
    ),
    # Article 4
    "article4.images": lambda: value("paper.training_images"),
    "article4.pool_size": lambda: layer("original_145", "pool1").kernel,
    "article4.lrn_radius": lambda: PAPER_IN_TF["depth_radius"],
    "article4.lrn_bias": lambda: value("paper.lrn_k"),
    "article4.lrn_layers": lambda: len(layers("paper", LRN)),
    # Ablations, from the log
    **{
        f"paper.two_gpu_gain_{k}": lambda k=k: gain("145_half", k, "145_2010_multiview")
        for k in ("top1", "top5")
    },
    **{f"paper.lrn_gain_{k}": lambda k=k: gain("148", k, "145_2012") for k in ("top1", "top5")},
    **{
        f"{who}.overlap_gain_{k}": lambda k=k: gain("147", k, "145_2012")
        for k in ("top1", "top5")
        for who in ("paper", "article3")
    },
}

#: All of them, by kind.
TABLES = {"recomputed": RECOMPUTED, "derived": DERIVED, "compared": COMPARED}
CHECKED = RECOMPUTED | DERIVED | COMPARED
