"""Trained tokens and masks, decoded, are the rows again: byte for byte, for each kind of row."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_base import TOOLS_CHATML, make_tiny_base

from loraloom_engine.base import Base
from loraloom_engine.data.tokenizing import tokenize
from loraloom_engine.loading import load_base
from loraloom_engine.protocol.requests import LoadBase, Tokenize

REPOSITORY = Path(__file__).parents[4]
SMOLLM = REPOSITORY / ".data/models/SmolLM2-135M-Instruct"

# Joined emoji, right to left, combining marks, separators that are no line ends, both ends blank.
TEXTS = [
    "plain",
    "  blanks at both ends \n",
    "\n\nlines\r\n\ttabs",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪",
    "שלום עולם — مرحبا بالعالم",
    "Z̸͕̈́a̴͇͝l̷̰̆g̶̰̈o é é क्षि நி",
    "a\u2028b\u2029c\u200b\ufeffd\u00a0e\u0000f",
    "日本語 한국어 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐎠𐎡",
    "123456 3.14e-7 `code` <html> {{ jinja }} {% raw %}",
]


@pytest.fixture(scope="module", params=["tiny", "SmolLM2"])
def any_base(request, tmp_path_factory) -> Iterator[Base]:
    if request.param == "SmolLM2" and not SMOLLM.is_dir():
        pytest.skip(f"the base model is not in {SMOLLM}: `npm start` puts it there")
    folder = SMOLLM if request.param == "SmolLM2" else tiny(tmp_path_factory)
    yield load_base(LoadBase("any", "main", str(folder), "float32", "none"), torch.device("cpu"))


@pytest.fixture(scope="module")
def tool_base(tmp_path_factory) -> Base:
    folder = make_tiny_base(tmp_path_factory.mktemp("tools") / "tiny", TOOLS_CHATML)
    return load_base(LoadBase("tools", "main", str(folder), "float32", "none"), torch.device("cpu"))


def tiny(tmp_path_factory) -> Path:
    return make_tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def decoded(tmp_path):
    """Tokenizes rows; gives each example as [(whether it is trained, text)] in its order."""

    def decode(base: Base, rows: list[dict[str, Any]], max_length: int = 512) -> list[list]:
        rows_path, out_path = tmp_path / "rows.jsonl", tmp_path / "out.jsonl.gz"
        placed = [row | {"source": {"name": "a", "line": at}} for at, row in enumerate(rows, 1)]
        rows_path.write_text("\n".join(json.dumps(row) for row in placed))
        request = Tokenize(str(rows_path), str(out_path), max_length, "drop", {})
        for _ in tokenize(base, request):
            pass
        with gzip.open(out_path) as lines:
            rows = [json.loads(line) for line in lines]
        sides = [[row["chosen"], row["rejected"]] if "chosen" in row else [row] for row in rows]
        return [spans_of(base, example) for group in sides for example in group]

    return decode


def spans_of(base: Base, example: dict[str, Any]) -> list[tuple[bool, str]]:
    runs: list[tuple[bool, list[int]]] = []
    for token, label in zip(example["input_ids"], example["labels"], strict=True):
        trained = label == token
        assert trained or label == -100
        if not runs or runs[-1][0] != trained:
            runs.append((trained, []))
        runs[-1][1].append(token)
    return [(trained, base.tokenizer.decode(ids)) for trained, ids in runs]


def trained_texts(spans: list[tuple[bool, str]]) -> list[str]:
    return [text for trained, text in spans if trained]


def context_text(spans: list[tuple[bool, str]]) -> str:
    return "".join(text for trained, text in spans if not trained)


def whole_text(spans: list[tuple[bool, str]]) -> str:
    return "".join(text for _, text in spans)


PROMPT = {"add_generation_prompt": True}


def rendered(base: Base, messages: list[dict[str, Any]], **options: Any) -> str:
    return base.tokenizer.apply_chat_template(messages, tokenize=False, **options)


def turn_text(role: str, content: str) -> str:
    return f"<|im_start|>{role}\n{content}<|im_end|>\n"


def turn(role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def chat(text: str) -> list[dict[str, Any]]:
    return [
        turn("system", f"{text} (system)"),
        turn("user", f"{text} (asked)"),
        turn("assistant", f"{text}"),
        turn("user", f"{text} (asked again)"),
        turn("assistant", f"{text} (last)"),
    ]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_chat_is_its_replies_and_the_rest(any_base, decoded, text):
    messages = chat(text)
    replies = [f"{text}<|im_end|>", f"{text} (last)<|im_end|>"]
    examples = decoded(any_base, [{"messages": messages}])
    assert [reply for spans in examples for reply in trained_texts(spans)] == replies
    if len(examples) == 1:
        assert whole_text(examples[0]) == rendered(any_base, messages)
        first = rendered(any_base, messages[:2], add_generation_prompt=True)
        between = f"\n{turn_text('user', f'{text} (asked again)')}<|im_start|>assistant\n"
        assert context_text(examples[0]) == f"{first}{between}\n"
        return
    # The reply's first blanks merge with the template's line end: each turn has its own prompt.
    assert text[0].isspace()
    for spans, (turns, reply) in zip(examples, zip((2, 4), replies, strict=True), strict=True):
        prompt = rendered(any_base, messages[:turns], add_generation_prompt=True)
        assert spans == [(False, prompt), (True, reply)]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_text_is_trained_wholly_in_its_passages(any_base, decoded, text):
    long = text * 40
    passages = decoded(any_base, [{"text": long}], max_length=16)
    assert len(passages) > 2
    ids = any_base.tokenizer.encode(long)
    assert any_base.tokenizer.decode(ids) == long
    for spans in passages:
        assert [trained for trained, _ in spans] == [False, True]


def test_passages_follow_each_other_without_a_gap(any_base, tmp_path, canonical):
    text = "".join(TEXTS) * 5
    path = canonical([{"text": text}])
    out = tmp_path / "out.jsonl.gz"
    for _ in tokenize(any_base, Tokenize(path, str(out), 32, "drop", {})):
        pass
    with gzip.open(out) as lines:
        examples = [json.loads(line) for line in lines]
    assert all(len(example["input_ids"]) <= 32 for example in examples)
    ids = [token for example in examples for token in example["input_ids"]]
    assert any_base.tokenizer.decode(ids) == text
    assert [label for e in examples for label in e["labels"][1:]] == [
        token for e in examples for token in e["input_ids"][1:]
    ]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_dialogs_row_is_its_last_reply(any_base, decoded, text):
    messages = [
        turn("assistant", f"{text} (earlier)", weight=0),
        turn("user", f"Ann: {text}\nBo: {text}"),
        turn("assistant", text),
    ]
    (spans,) = decoded(any_base, [{"messages": messages, "trimmable": 2}])
    prompt = rendered(any_base, messages[:2], add_generation_prompt=True)
    assert spans[:2] == [(False, prompt), (True, f"{text}<|im_end|>")]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_pair_is_both_answers_after_the_same_prompt(any_base, decoded, text):
    messages = [turn("user", "q"), turn("assistant", "before"), turn("user", text)]
    pair = {
        "messages": [*messages, turn("assistant", text)],
        "rejected": [turn("assistant", f"{text} (bad)")],
        "answerFrom": 3,
    }
    chosen, rejected = decoded(any_base, [pair])
    assert trained_texts(chosen) == [f"{text}<|im_end|>"]
    assert trained_texts(rejected) == [f"{text} (bad)<|im_end|>"]
    assert chosen[0] == rejected[0] == (False, rendered(any_base, messages, **PROMPT))


def test_labelled_answers_are_trained_good_or_bad(any_base, decoded):
    answer = {"messages": [turn("user", "q"), turn("assistant", "👍")], "answerFrom": 1}
    both = decoded(any_base, [answer | {"label": False}, answer | {"label": True}])
    assert [trained_texts(spans) for spans in both] == [["👍<|im_end|>"]] * 2


CALL = {"type": "function", "function": {"name": "weather", "arguments": '{"city": "Köln 🏳️‍🌈"}'}}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
TOOL_CHAT = [
    turn("user", "Weather?"),
    turn("assistant", "", tool_calls=[CALL]),
    turn("tool", "مرحبا 12 °C", tool_call_id="1"),
    turn("assistant", "Cold. 👩‍👩‍👧‍👦"),
]


def test_calls_of_tools_are_trained_and_their_answers_are_not(tool_base, decoded):
    (spans,) = decoded(tool_base, [{"messages": TOOL_CHAT, "tools": [TOOL]}])
    call = '<call>{"name": "weather", "arguments": {"city": "Köln 🏳️‍🌈"}}</call><|im_end|>'
    assert trained_texts(spans) == [call, "Cold. 👩‍👩‍👧‍👦<|im_end|>"]
    assert "مرحبا 12 °C" in context_text(spans)
    assert '"parameters"' in context_text(spans)


@pytest.mark.parametrize(
    ("row", "missing"),
    [({"messages": TOOL_CHAT}, "tool calls"), ({"messages": chat("a"), "tools": [TOOL]}, "tools")],
    ids=["calls", "tools"],
)
def test_what_the_template_leaves_out_is_not_trained_without_it(any_base, canonical, row, missing):
    path = canonical([row])
    turns = tokenize(any_base, Tokenize(path, None, 512, "drop", {}))
    with pytest.raises(StopIteration) as end:
        while True:
            next(turns)
    (skipped,) = end.value.value.skipped
    assert skipped.code == "template_refused"
    assert skipped.message.endswith(f"does not show {missing}.")
