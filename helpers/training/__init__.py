"""Training as in the paper's section 5: a recipe in, a run folder out.

``Recipe`` says everything that decides the result, ``train`` follows it and can be killed and
resumed at any moment, ``load_or_train`` finds the run of a recipe or makes it. One room per idea:

* ``recipe``: the settings and what they may be
* ``optimizer``: the paper's update rule
* ``checkpoint``: the state of an unfinished run, written whole or not at all
* ``runs``: the run folder and what lies in it
* ``loop``: the network with its augmentation, one epoch after the other, the learning rate

Out of here: where pictures come from (``datasets``) and what is made of a finished run
(``evaluation``).
"""

from helpers.training.loop import load_or_train, train
from helpers.training.optimizer import PaperSGD
from helpers.training.recipe import Recipe, quick_recipe
from helpers.training.runs import Run

__all__ = ["PaperSGD", "Recipe", "Run", "load_or_train", "quick_recipe", "train"]
