"""The dataclasses accept and refuse exactly what the shared examples say."""

import json
from pathlib import Path

import pytest

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.event_lines import EVENTS, parse_event, to_message
from loraloom_engine.protocol.requests import REQUESTS, parse_request

EXAMPLES = Path(__file__).parents[2] / "protocol-examples"


def cases(group: str) -> list:
    found = []
    for path in sorted(EXAMPLES.glob("*.json")):
        for at, entry in enumerate(json.loads(path.read_text())[group]):
            label = entry["why"] if group == "invalid" else at
            found.append(pytest.param(path.stem, entry, id=f"{path.stem}: {label}"))
    return found


def parse(kind: str, message: dict):
    return parse_request(message) if kind in REQUESTS else parse_event(message)


def test_every_message_has_an_examples_file():
    assert {path.stem for path in EXAMPLES.glob("*.json")} == {*REQUESTS, *EVENTS}


@pytest.mark.parametrize(("kind", "message"), cases("valid"))
def test_valid_example_is_accepted(kind, message):
    parsed = parse(kind, message)
    if kind in EVENTS:
        marks = {"seq": message["seq"], "at": message["at"], "request_id": message.get("id")}
        assert to_message(parsed, **marks) == message


@pytest.mark.parametrize(("kind", "entry"), cases("invalid"))
def test_invalid_example_is_refused_as_bad_option(kind, entry):
    with pytest.raises(EngineError) as caught:
        parse(kind, entry["message"])
    assert caught.value.code == "bad_option"


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(EngineError, match="sample_id"):
        parse_request({"id": "1", "type": "cancel_sample", "sample_id": "\ud83d"})


def test_a_fault_names_the_nested_field():
    messages = [{"role": "user", "content": 5}]
    with pytest.raises(EngineError, match=r"messages\[0\]\.content"):
        parse_request({"id": "1", "type": "sample", "messages": messages})
