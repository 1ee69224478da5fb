"""Training as in the paper's section 5: a recipe in, a run folder out.

``Recipe`` says everything that decides the result, ``train`` follows it and can be killed and
resumed at any moment, ``load_or_train`` finds the run of a recipe or makes it. One room per idea:

* ``recipe``: the settings and what they may be
* ``optimizer``: the paper's update rule
* ``checkpoint``: the state of an unfinished run, written whole or not at all
* ``runs``, ``run_files``: the run folder, and the names of what lies in it
* ``identity``: which run it is
* ``start``: what a training starts from other than drawn weights
* ``network``: the network with its augmentation, optimizer and state
* ``precision``: half or single, by what the device is good at
* ``schedule``: when the rate falls and the run ends, and which epoch was the best
* ``loop``: one epoch after the other
* ``progress``, ``watch``: what a person sees of it, and what Keras callbacks are told
* ``folds``, ``crossed``: cross-validation where pictures are few, and its finished runs together
* ``verdict``: what judges, and whether the result says anything
* ``stopping``: asked to stop, a training comes to an end that loses nothing
* ``hosts``: several machines that share each batch

Out of here: where pictures come from (``datasets``) and what is made of a finished run
(``evaluation``).
"""

from helpers.lazy import hand_out

# Loaded when first asked for: a recipe is checked, and a run folder looked at, without Keras.
_MODULES = {
    "optimizer": "PaperSGD",
    "recipe": "Recipe own_recipe quick_recipe",
    "runs": "Run",
    "loop": "load_or_train train",
}
__getattr__, __all__ = hand_out(__name__, _MODULES)
