"""The drawn pictures: mountain bikes and container ships in ImageNet's folder layout.

In: a vector drawing of each object in three dimensions (``bike``, ``ship``), a scene around it and
a camera's faults (``scene``), and the exact mask of the object. Out: picture files (``files``).

Both classes share one scene generator (sky, backdrop, water, ground, clutter, light), because a
class must not be told by its colours: the tests hold a linear classifier on the mean colour and one
on 16x16 thumbnails near chance. What is left to learn is structure: spoked wheels and tubes against
stacked boxes. Everything is drawn at twice the size and reduced, which gives smooth edges.
"""
