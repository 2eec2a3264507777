"""Chats with a run while it trains: the weights of its newest step, the same for a whole answer."""

import gc

import pytest
import torch
from asking import make_sample

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.lane.lane import Lane
from loraloom_engine.protocol.events import Progress, Sampled
from loraloom_engine.sampling.answers import Answers
from loraloom_engine.sampling.live_runs import Voice
from loraloom_engine.sampling.sampling import Sampling
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

RUN = "01RUN"


class Training:
    """A run of several steps that is taken on step by step."""

    def __init__(self, base: Base, request) -> None:
        self.events: list = []
        self._background = Background(Lane(base, Pace()))
        turns = train(base, request, Pace(), self.events.append)
        self._background.begin(Work(turns, self.events.append, request.run_id))

    def until_step(self, step: int) -> None:
        while self._steps() < step:
            self._background.advance()

    def to_end(self) -> None:
        while self._background:
            self._background.advance()

    def _steps(self) -> int:
        return sum(isinstance(event, Progress) for event in self.events)


@pytest.fixture
def training(base, run_request, training_config) -> Training:
    config = training_config(max_steps=6, learning_rate=0.5, warmup_ratio=0)
    return Training(base, run_request(RUN, config))


def weights(voice: Voice) -> torch.Tensor:
    return voice.adapter.weights.detach().clone()


def test_the_newest_step_answers_and_is_named(base, training):
    first = base.live_runs.newest(RUN)
    assert first.step == 0
    training.until_step(3)
    third = base.live_runs.newest(RUN)
    assert third.step == 3
    assert not torch.equal(weights(first), weights(third))


def test_an_answer_keeps_its_weights_while_the_run_goes_on(base, training):
    training.until_step(1)
    voice = base.live_runs.newest(RUN)
    before = weights(voice)
    alone = answer(base, voice)
    told: list = []
    answers = Answers(lambda event, _: pytest.fail(str(event)))
    answers.add("q", Sampling(base, make_sample(max_tokens=20), voice, told.append))
    for step in range(2, 6):
        answers.advance(base)
        training.until_step(step)
    while answers:
        answers.advance(base)
    assert torch.equal(weights(voice), before)
    assert (told[-1].text, told[-1].step) == (alone.text, 1)
    assert answer(base, base.live_runs.newest(RUN)).text != alone.text


def test_answers_of_one_step_share_a_copy_that_goes_with_the_last_of_them(base, training):
    training.until_step(2)
    one, other = base.live_runs.newest(RUN), base.live_runs.newest(RUN)
    assert one.adapter is other.adapter
    kept = weights(one)
    del one, other
    gc.collect()
    again = base.live_runs.newest(RUN)
    assert torch.equal(weights(again), kept)
    training.until_step(3)
    assert base.live_runs.newest(RUN).adapter is not again.adapter


def test_asking_leaves_training_as_it_is(base, training, run_request, training_config):
    untouched = Training(base, run_request("other", training_config(max_steps=6)))
    asked = Training(base, run_request("again", training_config(max_steps=6)))
    untouched.to_end()
    for step in range(1, 6):
        asked.until_step(step)
        answer(base, base.live_runs.newest("again"))
    asked.to_end()
    losses = [
        [event.loss for event in run.events if isinstance(event, Progress)]
        for run in (untouched, asked)
    ]
    assert losses[0] == losses[1]


def test_a_run_that_ended_or_never_was_is_refused(base, training):
    training.to_end()
    for run_id in (RUN, "01OTHER"):
        with pytest.raises(EngineError, match=run_id) as caught:
            base.live_runs.newest(run_id)
        assert caught.value.code == "run_not_training"


def answer(base: Base, voice: Voice) -> Sampled:
    told: list = []
    answers = Answers(lambda event, _: pytest.fail(str(event)))
    answers.add("q", Sampling(base, make_sample(max_tokens=20), voice, told.append))
    while answers:
        answers.advance(base)
    return told[-1]
