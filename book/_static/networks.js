// Written by `make pages`; the source is scripts/living.py.
globalThis.alexnet = globalThis.alexnet || {};
(globalThis.alexnet.recorded ||= {}).names = ["flowers", "drawn", "digits"];
