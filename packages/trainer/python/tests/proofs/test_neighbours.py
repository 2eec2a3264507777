"""A run beside others is the run alone: whoever they are, whenever they come and go."""

import pytest
from driving import run_alone, run_joining, run_together
from outcomes import FLOAT64, Outcome, assert_within, outcome_of
from tiny_families import FAMILIES, family_base

from loraloom_engine.protocol.events import RunCheckpointed, RunFailed
from loraloom_engine.protocol.requests import StartRun

NEIGHBOURS = {
    "rank": {"rank": 7},
    "targets": {"target_modules": ["q_proj", "down_proj"]},
    "rate": {"learning_rate": 0.03},
    "seed": {"seed": 5},
    "dropout": {"dropout": 0.5},
    "steps": {"max_steps": 2},
    "batch": {"batch_size": 5, "gradient_accumulation": 1},
    "scale": {"alpha": 64, "rank_stabilized": True},
    "clipping": {"max_grad_norm": 1e-3},
    "checkpointing": {"gradient_checkpointing": True},
}


@pytest.fixture
def base():
    return family_base(FAMILIES["llama"], double=True)


@pytest.fixture
def usual(run_request, training_config) -> StartRun:
    return run_request("a", training_config(dropout=0.2))


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_neighbours_of_another_kind_change_nothing(base, usual, kind, run_request, training_config):
    alone = outcome_of(run_alone(base, usual))
    other = run_request("neighbour", training_config(**NEIGHBOURS[kind]), 9)
    before, events = run_together(base, other, usual)
    assert_within(FLOAT64, outcome_of(events), alone)
    assert_within(FLOAT64, outcome_of(before), outcome_of(run_alone(base, other)))


def test_runs_join_and_leave_at_any_turn(base, usual, run_request, training_config):
    alone = outcome_of(run_alone(base, usual))
    short = run_request("bb", training_config(max_steps=1))
    late = run_request("ccc", training_config(seed=5, dropout=0.1))
    events, _, later = run_joining(base, (1, usual), (0, short), (3, late))
    assert_within(FLOAT64, outcome_of(events), alone)
    assert_within(FLOAT64, outcome_of(later), outcome_of(run_alone(base, late)))


def test_a_poisoned_neighbour_changes_nothing(base, usual, run_request, training_config):
    alone = outcome_of(run_alone(base, usual))
    poison = run_request("poison", training_config(learning_rate=1e30, warmup_ratio=0))
    poisoned, events = run_together(base, poison, usual)
    assert isinstance(poisoned[-1], RunFailed)
    assert poisoned[-1].code == "non_finite_loss"
    assert_within(FLOAT64, outcome_of(events), alone)


def test_a_run_resumes_beside_neighbours(base, run_request, training_config):
    request = run_request("a", training_config(dropout=0.2, checkpoint_steps=2))
    events = run_alone(base, request)
    whole = outcome_of(events)
    checkpoint = next(event for event in events if isinstance(event, RunCheckpointed))
    rest = StartRun(**vars(request) | {"checkpoint_path": checkpoint.path})
    other = run_request("bb", training_config(rank=7, seed=5))
    _, resumed = run_together(base, other, rest)
    left = Outcome(whole.losses[checkpoint.step :], whole.weights)
    assert_within(FLOAT64, outcome_of(resumed), left)
