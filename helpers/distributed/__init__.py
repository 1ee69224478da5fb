"""Data parallelism over many hosts: one network, one process per host, shares of every batch.

* ``launch``: starts the process of this host, watches it, and puts its end into a sentence
* ``worker``: what that process does, on Keras' ``DataParallel`` and JAX's runtime
* ``cost``: what it takes, in seconds and bytes, from measured figures

Out of here: several GPUs of one host under TensorFlow, which ``training.network`` uses by itself
(``MirroredStrategy``). TensorFlow's own ``MultiWorkerMirroredStrategy`` does not work with the
``fit`` of Keras 3.
"""
