"""The AlexNet Book's package: the network of 2012 and its relatives, from data to heat maps.

Start with one of these:

* ``shapes.table("paper")``: the layers of a network; ``architectures.names()``: which there are
* ``models.build("paper", classes=2)``: a Keras model
* ``datasets.load("photos").counts()``: what lies in a folder of photographs
* ``training.load_or_train(training.Recipe(data="photos"))``: a run; ``.predict("new.jpg")`` and
  ``.explain("new.jpg")`` ask it
* ``python -m helpers --help``: the same as commands

The core, modules by themselves:

* ``architectures``: the networks as data; ``changed`` makes another one of them
* ``shapes``: sizes, parameters, multiply-adds, receptive fields
* ``models``: a Keras model from a specification
* ``lrn``: local response normalisation; ``lrn_formula``: the same in NumPy, and what the constants
  are called elsewhere
* ``augment``: crops, flips, colour noise
* ``environment``: quick or full profile, devices; ``errors``, ``validate``: bad input in one
  sentence
* ``files``, ``fetch``, ``locks``: files that are written whole, downloads, one process at a time
* ``lazy``: how the rooms below hand out their functions without loading what is heavy

Rooms, each a package whose help lists its modules:

* ``datasets``: where pictures come from, and how they reach the network
* ``training``: a recipe in, a run folder out
* ``evaluation``: what a network answers, and what follows from it
* ``explain``: where a decision came from: heat maps, filters, neighbours
* ``weights``: other people's weights: torchvision, PyTorch's and Caffe's files
* ``digits``: AlexNet on handwritten digits
* ``plots``: figures by kind, and those of one chapter
* ``book``: the book's own machinery: ledger of numbers, checks, exercises

The recorded experiments lie beside what they made: ``results/NAME/make.py``.

Nothing heavy is imported here, so that ``import helpers`` is instant. In a checkout
``ARCHITECTURE.md`` lists every module.
"""

import os

# TensorFlow tells how it was built and that XLA has started, on stderr, unless told not to before
# it is loaded. Warnings of ours and errors of Python's are not touched.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Two notebooks, or a notebook and the command line, share a GPU: each takes the memory that it
# needs, instead of all there is (TensorFlow) or three quarters (JAX).
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

__version__ = "0.1.0"
