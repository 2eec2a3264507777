"""A dialog's row drops its oldest messages until it fits, never the reply, and no more."""

import pytest
from tiny_base import CHATML, make_tokenizer

from loraloom_engine.data.conversation import Conversation
from loraloom_engine.data.conversation_examples import examples_of_conversation
from loraloom_engine.data.length_limit import LengthLimit
from loraloom_engine.data.row_examples import RowExamples
from loraloom_engine.data.template import Template
from loraloom_engine.data.trimming import Trimmer
from loraloom_engine.errors import EngineError

# As templates of models do that were taught strict turns.
USER_FIRST = (
    "{% if messages[0].role == 'assistant' %}{{ raise_exception('user first') }}{% endif %}"
)
GREEDY = "{% if loop.first and message.role != 'system' %}<|im_start|>Be kind.<|im_end|>{% endif %}"
SYSTEM = {"role": "system", "content": "You are Bo."}
REPLY = {"role": "assistant", "content": "Last words"}


def template(source: str = CHATML) -> Template:
    tokenizer = make_tokenizer(source)
    return Template(tokenizer, {}, frozenset([tokenizer.eos_token_id]))


def dialog(turns: int) -> list[dict]:
    """Turns of unequal lengths; Bo's own are context."""
    return [
        {"role": "assistant", "content": f"{at}" * (at % 7 + 1), "weight": 0}
        if at % 2
        else {"role": "user", "content": f"{at} asks " + "x" * (at * 5 % 11)}
        for at in range(turns)
    ]


def length(of: Template, conversation: Conversation) -> int:
    (example,) = examples_of_conversation(of, conversation, 10**6)
    return len(example.input_ids)


@pytest.mark.parametrize(
    "source", [CHATML, CHATML.replace("<|im_start|>{{", f"{GREEDY}<|im_start|>{{{{")]
)
@pytest.mark.parametrize("max_length", [40, 60, 100, 200, 333, 10_000])
def test_as_few_as_possible_are_dropped_oldest_first(source, max_length):
    chatml = template(source)
    conversation = Conversation([*dialog(30), REPLY])
    trimmed = Trimmer(chatml, LengthLimit(max_length)).trim(conversation, 30)
    kept = conversation.without_oldest(trimmed.dropped)
    (example,) = trimmed.examples
    assert len(example.input_ids) == length(chatml, kept) <= max_length
    if trimmed.dropped > 0:
        fuller = conversation.without_oldest(trimmed.dropped - 1)
        assert length(chatml, fuller) > max_length


def test_a_system_message_stays():
    chatml = template()
    conversation = Conversation([SYSTEM, *dialog(30), REPLY])
    (example,) = Trimmer(chatml, LengthLimit(120)).trim(conversation, 30).examples
    text = chatml.tokenizer.decode(example.input_ids)
    assert text.startswith("<|im_start|>system\nYou are Bo.<|im_end|>\n<|im_start|>")
    assert text.endswith("Last words<|im_end|>\n")


def test_a_beginning_that_the_template_refuses_is_dropped_too():
    strict = template(USER_FIRST + CHATML)
    conversation = Conversation([*dialog(6)[1:], REPLY])
    trimmed = Trimmer(strict, LengthLimit(1000)).trim(conversation, 5)
    assert trimmed.dropped == 1
    with pytest.raises(EngineError, match="user first"):
        Trimmer(strict, LengthLimit(1000)).trim(Conversation([REPLY]), 0)


def of(rows: RowExamples, messages: list[dict], trimmable: int):
    source = {"name": "dialog.json", "line": 3}
    return rows.of({"messages": messages, "trimmable": trimmable, "source": source})


@pytest.mark.parametrize("over_length", ["drop", "truncate"])
def test_a_reply_that_does_not_fit_alone_is_treated_as_any_long_example(over_length):
    chatml = template()
    rows = RowExamples(chatml, LengthLimit(40), over_length)
    long = {"role": "assistant", "content": "y" * 50}
    examples = of(rows, [*dialog(4), long], 4)
    counts = rows.counts
    if over_length == "drop":
        assert (examples, counts.dropped, counts.trimmed) == ([], 1, 0)
        assert (counts.skipped[0].line, counts.skipped[0].code) == (3, "over_length")
        return
    (example,) = examples
    assert (len(example["input_ids"]), counts.truncated, counts.trimmed) == (40, 1, 0)
    text = chatml.tokenizer.decode(example["input_ids"])
    assert text.startswith("<|im_start|>assistant\nyyyy")


@pytest.mark.parametrize("over_length", ["drop", "truncate", "raise"])
def test_an_answer_that_is_compared_with_stays_whole_however_long_it_is(over_length):
    chatml = template()
    rows = RowExamples(chatml, LengthLimit(60, whole_answers=True), over_length)
    long = {"role": "assistant", "content": "y" * 200}
    (example,) = of(rows, [*dialog(30), long], 30)
    answer = [label for label in example["labels"] if label != -100]
    assert chatml.tokenizer.decode(answer) == "y" * 200 + "<|im_end|>"
    asked = len(example["labels"]) - len(answer) - example["labels"][::-1].index(answer[-1])
    assert 40 < asked <= 60
    counts = rows.counts
    assert (counts.longest, counts.truncated, counts.dropped, counts.trimmed) == (asked, 0, 0, 1)


def test_a_prompt_may_be_exactly_as_long_as_the_limit():
    messages = [{"role": "user", "content": "x" * 80}, REPLY]
    asked = prompt_length(messages)
    rows = RowExamples(template(), LengthLimit(asked, whole_answers=True), "drop")
    assert len(of(rows, messages, 0)) == 1
    assert (rows.counts.longest, rows.counts.dropped) == (asked, 0)


def test_a_prompt_that_is_too_long_is_left_out_and_never_cut():
    messages = [{"role": "user", "content": "x" * 80}, {"role": "assistant", "content": "y" * 200}]
    rows = RowExamples(template(), LengthLimit(40, whole_answers=True), "truncate")
    assert of(rows, messages, 0) == []
    (skipped,) = rows.counts.skipped
    assert (rows.counts.dropped, skipped.code) == (1, "over_length")
    assert skipped.message == f"Its prompt has {prompt_length(messages)} tokens, more than 40."


def prompt_length(messages: list[dict]) -> int:
    chatml = template()
    return len(chatml.encode(chatml.render(messages[:-1], generate=True)))


def test_rows_that_lost_their_oldest_messages_are_counted():
    rows = RowExamples(template(), LengthLimit(100), "drop")
    for turns in (1, 30, 31):
        of(rows, [*dialog(turns), REPLY], turns)
    assert (rows.counts.examples, rows.counts.trimmed, rows.counts.dropped) == (3, 2, 0)


@pytest.mark.parametrize(
    ("limit", "reply"),
    [(LengthLimit(200), REPLY), (LengthLimit(200, True), REPLY | {"content": "y" * 200})],
    ids=["the row", "the prompt of a long answer"],
)
def test_a_dialogs_rows_are_encoded_about_as_often_as_rows_that_fit(monkeypatch, limit, reply):
    chatml = template()
    encoded = []
    one, several = Template.encode_placed, Template.encode_all
    monkeypatch.setattr(
        Template,
        "encode_placed",
        lambda self, text: encoded.append(len(text)) or one(self, text),
    )
    monkeypatch.setattr(
        Template,
        "encode_all",
        lambda self, shown: (
            encoded.extend(len(each.text) for each in shown) or several(self, shown)
        ),
    )
    trimmer, turns = Trimmer(chatml, limit), dialog(400)
    for end in range(200, 400, 2):
        trimmer.trim(Conversation([*turns[:end], reply]), end)
    # Each context message once, and each row no more often than it takes to see that it is full.
    length = 250 + len(reply["content"])
    assert sum(encoded) < 100 * 4 * length
