"""Helpers of The AlexNet Book: small rooms with one purpose each.

``architectures`` holds the networks as data; ``shapes`` does arithmetic on them; ``models`` builds
Keras models from them; ``datasets``, ``augment``, ``training``, ``evaluation`` and ``explain`` take
pictures from a folder to a heat map; ``plots`` draws. Every module is in ``ARCHITECTURE.md``.
Nothing heavy is imported here, so that ``import helpers`` is instant.
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
