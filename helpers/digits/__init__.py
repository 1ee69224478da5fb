"""Handwritten digits: more to learn from than MNIST holds, and pages of any size.

One room per idea:

* ``lessons``: the recipes, the pictures of an epoch, and how a network refuses what is no digit
* ``variants``, ``no_digits``: what else to learn from, varied, printed, and without a digit
* ``page``: the digit on a photographed page, told from light, rules, desk and specks
* ``picture``: a picture file made into what MNIST's pictures are

Trained is as on any pictures (``training``); the recipe says that they are digits.
"""
