"""Helpers of The AlexNet Book: small rooms with one purpose each.

``architectures`` holds the networks as data; ``shapes`` does arithmetic on them; ``models`` builds
Keras models from them; ``datasets``, ``augment``, ``training``, ``evaluation`` and ``explain`` take
pictures from a folder to a heat map.
Nothing heavy is imported here, so that ``import helpers`` is instant.
"""

__version__ = "0.1.0"
