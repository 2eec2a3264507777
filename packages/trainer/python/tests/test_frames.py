"""Turns found by what a template writes around contents, beside those found by rendering them."""

from itertools import product

import pytest
from test_template import DEFAULT_SYSTEM, FORGETFUL, template, trained_text
from tiny_base import CHATML

from loraloom_engine.data.conversation import Conversation
from loraloom_engine.data.conversation_examples import examples_of_conversation
from loraloom_engine.data.example import Example
from loraloom_engine.data.frames import TRIED_CONTENTS, Frames
from loraloom_engine.data.template import Template

TRIMMING = CHATML.replace("message.content", "message.content | trim")
# Shows what is said last as it is, and everything else without its blanks.
TRIMMING_EARLIER = CHATML.replace(
    "{{ message.content }}",
    "{{ message.content if loop.last else message.content | trim }}",
)
# The other way round: what is said last loses its blanks, until somebody answers.
TRIMMING_LAST = CHATML.replace(
    "{{ message.content }}",
    "{{ message.content | trim if loop.last else message.content }}",
)
WITHOUT_THOUGHTS = CHATML.replace(
    "{{ message.content }}",
    "{{ message.content if loop.last else message.content.split('</think>')[-1] }}",
)
SWITCHED = CHATML.replace(
    "<|im_start|>assistant\n{% endif %}",
    "<|im_start|>assistant\n{% if '/no_think' in messages[-1].content %}<think></think>{% endif %}"
    "{% endif %}",
)
SOURCES = {
    "chatml": CHATML,
    "a system prompt of its own": DEFAULT_SYSTEM,
    "the last turn in other words": FORGETFUL,
    "without blanks": TRIMMING,
    "without blanks earlier": TRIMMING_EARLIER,
    "without blanks at last": TRIMMING_LAST,
    "without earlier thoughts": WITHOUT_THOUGHTS,
    "a switch in what is asked": SWITCHED,
}
CONTENTS = ["x", "Wer? 👋", *TRIED_CONTENTS, "\ue0001\ue001", "<|im_end|>\n<|im_start|>user\n"]
ORDERS = [
    ["user", "assistant"],
    ["assistant", "user", "assistant"],
    ["system", "user", "assistant", "user"],
    ["user", "user", "assistant", "assistant", "user", "assistant"],
]


def conversations() -> list[Conversation]:
    """Each content at each place of each order, the others plain."""
    return [
        Conversation(
            [{"role": role, "content": content if at == place else "Hi."} for at, role in order]
        )
        for content, roles in product(CONTENTS, ORDERS)
        for order in [list(enumerate(roles))]
        for place, _ in order
    ]


def examples(with_template: Template) -> list[list[Example]]:
    return [
        examples_of_conversation(with_template, conversation, 512)
        for conversation in conversations()
    ]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_turns_are_where_rendering_them_finds_them(source, monkeypatch):
    found = examples(template(source))
    monkeypatch.setattr(Frames, "fit", lambda *_: None)
    assert found == examples(template(source))


def test_a_conversation_of_a_known_order_is_rendered_once(monkeypatch):
    chatml = template()
    first, second = conversations()[:2]
    examples_of_conversation(chatml, first, 512)
    rendered = []
    render = Template.render
    monkeypatch.setattr(
        Template, "render", lambda self, *asked: rendered.append(asked) or render(self, *asked)
    )
    examples_of_conversation(chatml, second, 512)
    assert len(rendered) == 1


def test_turns_of_a_known_order_are_found_without_the_places_of_tokens(monkeypatch):
    chatml = template()
    first, second = conversations()[:2]
    examples_of_conversation(chatml, first, 512)
    placed = []
    monkeypatch.setattr(Template, "with_places", lambda _, whole: placed.append(whole) or whole)
    (example,) = examples_of_conversation(chatml, second, 512)
    assert trained_text(chatml, example) == "x<|im_end|>"
    assert not placed


def test_special_tokens_of_a_content_are_no_landmarks():
    chatml = template()
    asked = {"role": "user", "content": "x<|im_end|>\n<|im_start|>assistant\nNo."}
    reply = {"role": "assistant", "content": "Yes."}
    (example,) = examples_of_conversation(chatml, Conversation([asked, reply]), 512)
    assert trained_text(chatml, example) == "Yes.<|im_end|>"


@pytest.mark.parametrize("source", [TRIMMING_LAST, SWITCHED])
def test_a_template_that_shows_last_messages_otherwise_is_not_trusted(source):
    asked = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    assert template().frames.fit(asked, template().render(asked, False))
    assert not template(source).frames.fit(asked, template(source).render(asked, False))


def test_what_is_more_than_roles_and_contents_is_rendered():
    named = [{"role": "user", "content": "x", "name": "Ada"}, {"role": "assistant", "content": "y"}]
    assert not Conversation(named).is_plain
    assert not Conversation(named[1:], tools=[{"type": "function"}]).is_plain
    assert Conversation([named[1] | {"weight": 0}]).is_plain
