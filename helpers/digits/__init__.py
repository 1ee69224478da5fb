"""Handwritten digits: AlexNet in the size of MNIST, and pictures of any size.

One room per idea:

* ``recipe``: the settings of a run, and what a folder must hold to be one
* ``variants``, ``no_digits``: what else to learn from, varied, printed, and without a digit
* ``lessons``: the pictures of an epoch, and how a network refuses what is no digit
* ``training``: from a recipe to a finished run folder
* ``page``: the digit on a photographed page, told from light, rules, desk and specks
* ``picture``: a picture file made into what MNIST's pictures are

A run folder looks like any other (``training.runs``) and is told from them by its recipe.
"""
