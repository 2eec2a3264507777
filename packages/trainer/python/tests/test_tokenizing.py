"""The tokenize request: counts, reasons, lengths, and a file that is the same each time."""

import gc
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from loraloom_engine.base import Base
from loraloom_engine.data import row_groups, tokenizing
from loraloom_engine.data.row_groups import CHARACTERS_AT_ONCE, ROWS_AT_ONCE, groups
from loraloom_engine.data.tokenizing import tokenize
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import Tokenize
from loraloom_engine.protocol.results import TokenizeResult

CHAT = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello you"}]
NO_REPLY = [{"role": "user", "content": "Hi"}]


def run(base: Base, rows: str, over_length: str = "drop", max_length: int = 40) -> TokenizeResult:
    out = str(Path(rows).with_name("out.jsonl.gz"))
    turns = tokenize(base, Tokenize(rows, out, max_length, over_length, {}))
    while True:
        try:
            next(turns)
        except StopIteration as end:
            return end.value


def written(rows: str) -> list[dict[str, Any]]:
    with gzip.open(Path(rows).with_name("out.jsonl.gz")) as lines:
        return [json.loads(line) for line in lines]


def test_rows_keep_their_source_and_are_counted(base, canonical):
    rows = canonical([{"messages": CHAT}, {"text": "plain"}])
    result = run(base, rows)
    first, second = written(rows)
    assert first["source"] == {"name": "chats.jsonl", "line": 1}
    assert second["labels"] == [-100, *second["input_ids"][1:]]
    assert (result.rows, result.examples, result.skipped) == (2, 2, [])
    assert result.tokens_total == len(first["input_ids"]) + len(second["input_ids"])
    assert result.tokens_trained == len("Hello you") + 1 + len("lain")
    assert result.longest == len(first["input_ids"])
    learnt = [label != -100 for label in first["labels"]]
    assert result.longest_prompt == learnt.index(True) > 0


@pytest.mark.parametrize(
    ("letters", "lengths"), [(40, [40]), (41, [39, 2]), (42, [40, 2]), (100, [40, 40, 20])]
)
def test_a_long_text_becomes_passages_of_which_none_is_lost(base, canonical, letters, lengths):
    rows = canonical([{"text": "x" * letters}])
    result = run(base, rows, "raise")
    assert [len(example["input_ids"]) for example in written(rows)] == lengths
    assert (result.rows, result.examples, result.tokens_total) == (1, len(lengths), letters)
    assert result.tokens_trained == letters - len(lengths)
    assert (result.dropped, result.truncated, result.skipped_count) == (0, 0, 0)


def test_a_text_of_one_token_teaches_nothing(base, canonical):
    (skipped,) = run(base, canonical([{"text": "x"}])).skipped
    assert skipped.code == "example_missing_assistant_message"


def test_rows_can_be_counted_without_being_written(base, canonical, tmp_path):
    rows = canonical([{"messages": CHAT}, {"messages": NO_REPLY}])
    turns = tokenize(base, Tokenize(rows, None, 40, "drop", {}))
    with pytest.raises(StopIteration) as end:
        while True:
            next(turns)
    counted = end.value.value
    assert counted == run(base, rows)
    assert (counted.examples, counted.skipped_count) == (1, 1)


def test_no_example_is_longer_than_the_models_context(base, canonical):
    rows = canonical([{"text": "x" * 600}])
    assert run(base, rows, max_length=100_000).longest == base.context_length == 512


def test_a_row_without_a_reply_is_skipped_with_its_reason(base, canonical):
    result = run(base, canonical([{"messages": CHAT}, {"messages": NO_REPLY}]))
    assert result.examples == 1
    (skipped,) = result.skipped
    assert (skipped.line, skipped.code) == (2, "example_missing_assistant_message")


def test_half_a_surrogate_pair_is_skipped(base, canonical):
    broken = [CHAT[0], {"role": "assistant", "content": "\ud83d"}]
    (skipped,) = run(base, canonical([{"messages": broken}])).skipped
    assert skipped.code == "not_utf8"


LONG = [CHAT[0], {"role": "assistant", "content": "x" * 100}]


def test_a_long_row_is_dropped_and_named(base, canonical):
    result = run(base, canonical([{"messages": LONG}, {"messages": CHAT}]), max_length=60)
    assert (result.examples, result.dropped) == (1, 1)
    assert (result.skipped[0].line, result.skipped[0].code) == (1, "over_length")


def test_a_long_row_is_truncated(base, canonical):
    rows = canonical([{"messages": LONG}])
    result = run(base, rows, "truncate", max_length=60)
    assert (result.examples, result.truncated, result.longest) == (1, 1, 60)
    assert written(rows)[0]["labels"][-1] != -100


def test_a_long_row_raises(base, canonical):
    with pytest.raises(EngineError, match="chats.jsonl, line 1") as caught:
        run(base, canonical([{"messages": LONG}]), "raise", max_length=60)
    assert caught.value.code == "over_length"


def test_equal_rows_give_equal_bytes(base, canonical):
    rows = canonical([{"messages": CHAT}])
    run(base, rows)
    first = Path(rows).with_name("out.jsonl.gz").read_bytes()
    run(base, rows)
    assert Path(rows).with_name("out.jsonl.gz").read_bytes() == first


def test_gzipped_rows_are_read(base, canonical):
    rows = canonical([{"messages": CHAT}])
    Path(rows).write_bytes(gzip.compress(Path(rows).read_bytes()))
    assert run(base, rows).examples == 1


def test_a_failed_tokenize_leaves_no_file(base, canonical, tmp_path):
    rows = canonical([{"messages": CHAT}])
    Path(rows).write_text(Path(rows).read_text() + "no json\n")
    with pytest.raises(EngineError, match=":2 is no JSON"):
        run(base, rows)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_memory_does_not_grow_with_the_file(base, canonical):
    """Neither with its usable rows nor with the skipped ones, of which the first are named."""

    def peak(count: int) -> int:
        rows = canonical([{"messages": CHAT}, {"messages": NO_REPLY}] * count)
        # How soon cycles are collected depends on how much else the process holds.
        gc.freeze()
        gc.collect()
        tracemalloc.start()
        try:
            run(base, rows)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.unfreeze()

    peak(2500)  # what is made once, and then kept, lists of freed objects included
    assert peak(5000) < peak(2500) + 64 * 1024


def test_one_row_as_long_as_a_book_leaves_the_engine_to_others_meanwhile(
    base, canonical, monkeypatch
):
    monkeypatch.setattr(row_groups, "SECONDS_PER_TURN", 0.001)
    rows = canonical([{"text": "Mind the rocks, shipmate. " * 40_000}])
    turns = list(tokenize(base, Tokenize(rows, None, 40, "drop", {})))
    assert len(turns) > 10


def test_rows_of_which_none_is_usable_are_read_in_turns_too(base, canonical, monkeypatch):
    monkeypatch.setattr(tokenizing, "SECONDS_PER_TURN", 0)
    rows = canonical([{"messages": NO_REPLY}] * ROWS_AT_ONCE * 8)
    assert len(list(tokenize(base, Tokenize(rows, None, 40, "drop", {})))) > 5


def test_rows_are_tokenized_together_as_each_by_itself(base, canonical):
    kinds = [{"messages": CHAT}, {"text": "plain"}, {"messages": NO_REPLY}, {"text": "x" * 90}]
    rows = [kinds[at % len(kinds)] for at in range(ROWS_AT_ONCE * 3)]
    rows[5] = {"messages": [*CHAT, {"role": "user", "content": "\ud800"}]}
    path = canonical(rows)
    together, examples = run(base, path, "truncate"), written(path)
    alone = []
    for row in rows:
        path = canonical([row])
        run(base, path, "truncate")
        alone += written(path)
    assert [example["input_ids"] for example in examples] == [each["input_ids"] for each in alone]
    lines = [example["source"]["line"] for example in examples]
    assert lines == sorted(lines)
    assert (together.rows, together.examples) == (len(rows), len(alone))
    assert together.skipped_count == ROWS_AT_ONCE * 3 // len(kinds) + 1


def test_long_rows_are_tokenized_a_few_at_a_time():
    long = {"text": "x" * CHARACTERS_AT_ONCE}
    short = [{"text": "x"}] * (ROWS_AT_ONCE + 8)
    assert [len(group) for group in groups([long, *short])] == [1, ROWS_AT_ONCE, 8]


def pair(chosen: str, rejected: str) -> dict[str, Any]:
    said = [[{"role": "assistant", "content": text}] for text in (chosen, rejected)]
    return {"messages": CHAT[:1] + said[0], "rejected": said[1], "answerFrom": 1}


def test_a_pair_is_one_example_of_two_texts(base, canonical):
    rows = canonical([pair("Yes", "Nope")])
    result = run(base, rows)
    (row,) = written(rows)
    lengths = [len(row[side]["input_ids"]) for side in ("chosen", "rejected")]
    assert row["source"] == {"name": "chats.jsonl", "line": 1}
    assert (result.rows, result.examples) == (1, 1)
    assert (result.tokens_total, result.longest) == (sum(lengths), max(lengths))
    assert result.tokens_trained == len("Yes") + 1 + len("Nope") + 1


def test_labels_stay_with_their_answers(base, canonical):
    rows = canonical([{"messages": CHAT, "answerFrom": 1, "label": good} for good in (True, False)])
    assert run(base, rows).examples == 2
    assert [row["label"] for row in written(rows)] == [True, False]


@pytest.mark.parametrize(("over_length", "lengths"), [("drop", []), ("truncate", [[26, 40]])])
def test_a_pair_is_cut_or_left_out_as_one(base, canonical, over_length, lengths):
    rows = canonical([pair("Yes", "x" * 50)])
    result = run(base, rows, over_length)
    sides = ("chosen", "rejected")
    assert [[len(row[side]["input_ids"]) for side in sides] for row in written(rows)] == lengths
    assert (result.truncated, result.dropped) == ((1, 0) if lengths else (0, 1))
    assert result.examples == len(lengths)


def test_an_answer_of_which_nothing_would_be_left_takes_its_pair_with_it(base, canonical):
    rows = canonical([pair("Yes", "No") | {"messages": LONG_PROMPT}])
    result = run(base, rows, "truncate")
    assert (result.examples, result.dropped, written(rows)) == (0, 1, [])


LONG_PROMPT = [{"role": "user", "content": "x" * 60}, {"role": "assistant", "content": "Yes"}]
