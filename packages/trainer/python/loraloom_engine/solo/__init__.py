"""The solo lane: runs that can't share a pass, each in a process of its own, taking turns.

``train_apart`` is the engine's side of such a run, ``python -m loraloom_engine.solo`` the other.
"""
