"""Full fine-tuning: all of a base's weights learn, and a version is a whole model.

``trained_model`` is what such a run trains in a process of its own (``solo``), ``model_files`` the
folder that it makes, ``served_model`` the same weights in the place of the resident base's.
"""
