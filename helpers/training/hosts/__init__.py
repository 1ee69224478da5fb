"""Training by several hosts: each has a process that trains on its share of every batch.

``launch`` starts and watches the processes of this host; ``worker`` is what such a process does;
``host`` is what it knows of the others, and ``session`` its loop and network; ``cost`` tells days
and bytes beforehand.
"""
