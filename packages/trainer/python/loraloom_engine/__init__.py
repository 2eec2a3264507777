"""Loraloom's engine: one warm base model that trains and serves LoRA adapters.

Run it with ``python -m loraloom_engine``; it speaks JSON lines over stdin and stdout (see
``protocol``). It touches no network, database or object store. ``docs/engine.md`` explains how
runs and chats share the base.
"""

ENGINE_VERSION = "0.1.0"
PROTOCOL_VERSION = 1
