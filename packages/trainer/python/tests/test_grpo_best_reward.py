"""A GRPO run that is evaluated by its rewards ends with the weights that were best by them."""

import dataclasses

from driving import run_alone
from grpo_runs import of_type

from loraloom_engine.protocol.events import Evaluated, RunCheckpointed
from loraloom_engine.protocol.requests import EarlyStopping

# At the second evaluation: no loss falls by so much.
STOPPING = {"evaluate_every": 1, "early_stopping": EarlyStopping(patience=1, min_delta=100.0)}


def test_it_stops_early_at_the_best_reward(base, grpo_request):
    events = run_alone(base, grpo_request(held_out=True, **STOPPING))
    finished = events[-1]
    during = [event for event in of_type(events, Evaluated) if event.phase == "during"]
    assert (finished.stopped_early, finished.steps) == (True, 2)
    best = max(event.reward for event in during)
    after = of_type(events, Evaluated)[-1]
    assert (after.reward, finished.held_out_after) == (best, -best)
    assert after.rewards.mean == best
    assert (after.rewards.alike, after.rewards.kl, after.rewards.cut_off <= 1) == (None, None, True)


def test_a_resumed_run_still_has_the_figures_of_its_best(base, grpo_request):
    request = grpo_request(held_out=True, learning_rate=0, checkpoint_steps=1, **STOPPING)
    whole = run_alone(base, request)
    checkpoint = of_type(whole, RunCheckpointed)[-1]
    resumed = run_alone(base, dataclasses.replace(request, checkpoint_path=checkpoint.path))
    assert (whole[-1].best_step, checkpoint.step) == (1, 2)
    told = of_type(whole, Evaluated)[-1].rewards
    assert told is not None
    assert of_type(resumed, Evaluated)[-1].rewards == told
