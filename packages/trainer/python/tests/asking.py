"""Requests for answers, as the worker would send them."""

from typing import Any

from loraloom_engine.protocol.requests import Message, Sample


def make_sample(content: str = "Hi", **changes: Any) -> Sample:
    """A greedy answer of at most twelve tokens by the bare base, but for the changes."""
    usual = {
        "adapter": None,
        "max_tokens": 12,
        "temperature": 0.0,
        "top_p": 1.0,
        "seed": None,
        "stop": [],
        "template_variables": {},
    }
    return Sample([Message("user", content)], **usual | changes)
