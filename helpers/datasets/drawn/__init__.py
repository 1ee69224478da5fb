"""The drawn pictures: mountain bikes and container ships in ImageNet's folder layout.

In: a vector drawing of each object in three dimensions (``bike``, ``ship``), a scene around it and
a camera's faults (``scene``), and the exact mask of the object. Out: picture files (``files``).

There are two styles. *Plain* pictures show the object large in a tidy scene. *Hard* ones (``hard``)
show it smaller, turned and partly covered, among things (``things``) that make the same edges,
colours and textures in scenes of either class; ``results/drawn_baselines`` says what simple
features still tell.

Both classes share one scene generator (sky, backdrop, water, ground, clutter, light), because a
class must not be told by its colours: the tests hold a linear classifier on the mean colour and one
on 16x16 thumbnails near chance. What is left to learn is structure: spoked wheels and tubes against
stacked boxes, which nine edge directions tell in the plain pictures. Everything is drawn at twice
the size and reduced, which gives smooth edges.
"""
