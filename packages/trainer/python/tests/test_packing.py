"""Packed steps: whole examples in sequences of one length, counted alike everywhere."""

from pathlib import Path
from random import Random

import pytest
from driving import run_alone, run_together
from outcomes import FLOAT32, assert_within, outcome_of
from test_estimating import ask

from loraloom_engine.data.counts import Counts
from loraloom_engine.data.tokenized_rows import read_tokenized
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Progress
from loraloom_engine.training.methods import Supervised
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.packing import count_sequences, pack
from loraloom_engine.training.plan import total_steps

PACKED = {"packed_length": 30, "batch_size": 2, "gradient_accumulation": 1}


def test_each_example_goes_into_the_fullest_sequence_that_has_room():
    lengths = [3, 7, 2, 5, 6, 1]
    # 7, 6 and 5 begin sequences of 10; 3 fills the one of 7, 2 goes to 6 and 1 to 8.
    assert pack(lengths, range(6), 10) == [[1, 0], [4, 2, 5], [3]]


def test_sequences_hold_every_example_once_and_never_more_than_their_length():
    lengths = Random(5).choices(range(2, 101), k=2000)
    sequences = pack(lengths, range(2000), 100)
    assert sorted(at for sequence in sequences for at in sequence) == list(range(2000))
    filled = [sum(lengths[at] for at in sequence) for sequence in sequences]
    assert max(filled) <= 100
    assert sum(filled) / len(filled) > 98


def test_how_many_sequences_there_are_depends_on_the_lengths_alone():
    lengths = Random(6).choices(range(2, 101), k=500)
    counts = sorted((length, lengths.count(length)) for length in set(lengths))
    orders = [Random(seed).sample(range(500), 500) for seed in range(3)]
    packed = [pack(lengths, order, 128) for order in orders]
    assert {len(sequences) for sequences in packed} == {count_sequences(counts, 128)}
    assert packed[0] != packed[1]


def test_an_example_that_fills_more_than_a_sequence_is_refused():
    with pytest.raises(EngineError) as refused:
        pack([5, 31], range(2), 30)
    assert refused.value.code == "over_length"
    assert refused.value.message == "An example of 31 tokens fills no sequence of 30."


@pytest.fixture
def plan(tokenized, training_config):
    def make(count: int, **changes) -> Supervised:
        config = training_config(**PACKED | changes)
        return Supervised(read_tokenized(Path(tokenized(count)), 1 << 30), config, 512)

    return make


def test_a_step_is_accumulation_times_batch_sequences(plan):
    packed = plan(23, gradient_accumulation=2)
    sizes = []
    for step in range(packed.steps_per_epoch):
        chosen = packed.rows_of_step(step)
        here = [s for s in packed.sequences if set(s) <= set(chosen)]
        assert sorted(at for sequence in here for at in sequence) == sorted(chosen)
        sizes.append(len(here))
    assert sizes[:-1] == [4] * (len(sizes) - 1)
    assert sum(sizes) == len(packed.sequences)


def test_an_epoch_sees_every_example_once_and_shuffles_the_sequences(plan):
    packed = plan(23, epochs=2)
    steps = range(total_steps(packed.units, packed.config))
    seen = [at for step in steps for at in packed.rows_of_step(step)]
    assert sorted(seen[:23]) == sorted(seen[23:]) == list(range(23))
    assert seen[:23] != seen[23:]
    assert plan(23, seed=12).sequences != packed.sequences


def test_an_estimate_counts_the_steps_that_a_run_takes(base, run_request, training_config):
    config = training_config(**PACKED, epochs=2)
    request = run_request("a", config, count=23)
    rows, counts = read_tokenized(Path(request.rows_path), 1 << 30), Counts()
    for at in range(len(rows)):
        counts.add([rows[at]], len(rows[at].input_ids))
    told = counts.result()
    answer = ask(
        base,
        Pace(),
        config,
        examples=told.examples,
        tokens_total=told.tokens_total,
        longest=told.longest,
        by_length=told.by_length,
    )
    events = run_alone(base, request)
    assert answer.steps == events[-1].steps == len([e for e in events if isinstance(e, Progress)])
    assert answer.steps < ask(base, Pace(), training_config(epochs=2), examples=23).steps
    assert events[-2].epoch == 2


def test_a_packed_run_comes_out_the_same_beside_others(base, run_request, training_config):
    packed = run_request("a", training_config(**PACKED, dropout=0.2), count=11)
    others = [
        run_request("bb", training_config(rank=7), count=9),
        run_request("ccc", training_config(packed_length=64, seed=3), count=13),
    ]
    alone = outcome_of(run_alone(base, packed))
    assert_within(FLOAT32, outcome_of(run_together(base, *others, packed)[-1]), alone)


def test_an_estimate_without_lengths_is_refused(base, training_config):
    refused = ask(base, Pace(), training_config(**PACKED))
    assert (refused.code, "by_length" in refused.message) == ("bad_option", True)
