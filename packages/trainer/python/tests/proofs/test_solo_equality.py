"""A run alone in the lane is a plain PEFT loop, in float64 to the last digits."""

from itertools import product

import pytest
from driving import run_alone
from outcomes import FLOAT64, Outcome, assert_within, outcome_of
from peft_loop import train_plainly
from tiny_families import FAMILIES, family_base, in_float64, tiny_model

CONFIG = FAMILIES["llama"]
TARGETS = {"all": "all-linear", "attention": ["q_proj", "v_proj"]}
CELLS = list(product([2, 5], TARGETS, [1, 3]))


@pytest.mark.parametrize(("rank", "targets", "accumulation"), CELLS)
def test_a_run_equals_a_plain_peft_loop(rank, targets, accumulation, run_request, training_config):
    config = training_config(
        rank=rank, target_modules=TARGETS[targets], gradient_accumulation=accumulation, epochs=2
    )
    request = run_request("a", config)
    expected = Outcome(*train_plainly(in_float64(tiny_model(CONFIG, "sdpa")), request))
    found = outcome_of(run_alone(family_base(CONFIG, double=True), request))
    assert_within(FLOAT64, found, expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"rank_stabilized": True, "rank": 16},
        {"schedule": "linear", "warmup_ratio": 0.5},
        {"schedule": "constant", "weight_decay": 0.5},
        {"max_grad_norm": 0.01},
        {"batch_size": 1, "gradient_accumulation": 1, "learning_rate": 0.05},
        {"gradient_checkpointing": True},
        {"packed_length": 30, "batch_size": 1},
        {"packed_length": 30, "rank_stabilized": True, "gradient_checkpointing": True},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_every_hyperparameter_does_what_it_does_in_peft(changes, run_request, training_config):
    request = run_request("a", training_config(**changes))
    expected = Outcome(*train_plainly(in_float64(tiny_model(CONFIG, "sdpa")), request))
    found = outcome_of(run_alone(family_base(CONFIG, double=True), request))
    assert_within(FLOAT64, found, expected)
