"""Answers of several versions in common passes, and beside training, are those of each alone.

Four of them are adapters, and one is a whole model.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from asking import make_sample
from driving import run_together
from outcomes import FLOAT64, assert_within, outcome_of
from tiny_families import FAMILIES, family_base

from loraloom_engine.background import Background, Work
from loraloom_engine.base import Base, resolve_targets
from loraloom_engine.lane.lane import Lane
from loraloom_engine.lora.adapter import LoraShape
from loraloom_engine.passes import log_probs
from loraloom_engine.passes.log_probs import Targets
from loraloom_engine.passes.weight_sets import OwnWeights
from loraloom_engine.protocol.events import Sampled
from loraloom_engine.protocol.requests import Sample
from loraloom_engine.sampling.answers import Answers
from loraloom_engine.sampling.live_runs import Voice
from loraloom_engine.sampling.sampling import Sampling
from loraloom_engine.training.pace import Pace
from loraloom_engine.training.run import train

WAYS = {
    "greedy": {"temperature": 0.0},
    "seeded": {"temperature": 1.2, "top_p": 0.9, "top_k": 60, "repetition_penalty": 1.2},
}
SHAPES = [(4, "all-linear"), (16, ["q_proj", "v_proj"]), (3, ["down_proj"]), (8, "all-linear")]
Asked = list[tuple[Sample, Voice]]


@pytest.fixture
def base() -> Base:
    return family_base(FAMILIES["llama"], double=True)


def make_voice(base: Base, rank: int, targets: str | list[str]) -> Voice:
    modules = {name: base.linear_modules[name] for name in resolve_targets(base, targets)}
    layers = {name: (layer.out_features, layer.in_features) for name, layer in modules.items()}
    adapter = base.new_adapter(LoraShape(rank, 8.0, layers))
    generator = torch.Generator().manual_seed(rank)
    adapter.weights.data.copy_(torch.randn(len(adapter.weights), generator=generator) * 0.3)
    return Voice(adapter)


def whole_model(base: Base) -> Voice:
    """Weights of its own in the base's form."""
    weights = dict(base.model.named_parameters())
    generator = torch.Generator().manual_seed(5)
    shaken = {
        name: weight + 0.1 * torch.randn(weight.shape, generator=generator)
        for name, weight in weights.items()
    }
    return Voice(OwnWeights(shaken))


def questions(base: Base, way: dict[str, Any]) -> Asked:
    """Fifteen: each version is asked three times, the prompts of unequal lengths."""
    voices = [*(make_voice(base, *shape) for shape in SHAPES), whole_model(base)]
    return [
        (make_sample("why " * (1 + at % 4), seed=at, max_tokens=10 + at, **way), voices[at % 5])
        for at in range(15)
    ]


class Talk:
    """Answers in progress; ``texts`` by the order in which they were asked for."""

    def __init__(self, base: Base, asked: Asked) -> None:
        self._base = base
        self._ends: dict[int, Sampled] = {}
        self.answers = Answers(lambda event, _: pytest.fail(str(event)))
        for at, (request, voice) in enumerate(asked):
            self.answers.add(str(at), Sampling(base, request, voice, self._keeper(at)))

    def advance(self) -> None:
        self.answers.advance(self._base)

    def texts(self) -> list[str]:
        while self.answers:
            self.advance()
        return [self._ends[at].text for at in sorted(self._ends)]

    def _keeper(self, at: int) -> Callable[[Any], None]:
        def keep(event: Any) -> None:
            if isinstance(event, Sampled):
                self._ends[at] = event

        return keep


@contextmanager
def turns_within_passes(base: Base, talk: Talk) -> Iterator[None]:
    """Wherever the engine gives answers their turns; an answer's own pass is not interrupted."""

    def advance() -> None:
        set_turns(lambda: None)
        if talk.answers:
            talk.advance()
        set_turns(advance)

    def set_turns(give: Callable[[], None]) -> None:
        base.stage.between_layers = base.head.between_chunks = give

    set_turns(advance)
    yield
    set_turns(lambda: None)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_answers_of_five_versions_at_once_are_each_the_one_alone(base, way):
    asked = questions(base, way)
    alone = [Talk(base, [question]).texts()[0] for question in asked]
    assert len(set(alone)) > 5
    assert Talk(base, asked).texts() == alone


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_answers_in_the_middle_of_training_passes_change_neither(
    base, way, run_request, training_config, monkeypatch
):
    monkeypatch.setattr(log_probs, "CHUNK", 8)
    asked = questions(base, way)
    alone = [Talk(base, [question]).texts()[0] for question in asked]
    requests = [run_request(name, training_config(dropout=0.1)) for name in ("a", "bb")]
    trained = [outcome_of(events) for events in run_together(base, *requests)]
    talk = Talk(base, asked)
    with turns_within_passes(base, talk):
        outcomes = [outcome_of(events) for events in run_together(base, *requests)]
    assert not talk.answers  # training took longer
    assert talk.texts() == alone
    for outcome, wanted in zip(outcomes, trained, strict=True):
        assert_within(FLOAT64, outcome, wanted)


def test_others_have_a_turn_after_each_chunk_of_logits(base):
    turns: list[None] = []
    base.head.between_chunks = lambda: turns.append(None)
    positions = 2 * log_probs.CHUNK + 1
    hidden = torch.randn(positions, 32, dtype=torch.float64)
    base.head.log_probs(hidden, Targets(torch.zeros(positions, dtype=torch.long)))
    assert len(turns) == 3


def test_others_have_a_turn_after_each_runs_own_work(base):
    turns: list[None] = []
    background = Background(Lane(base, Pace()))
    background.between_works = lambda: turns.append(None)
    for _ in range(3):
        background.begin(Work(iter([None, None]), turns.copy))
    background.advance()
    assert len(turns) == 3


def test_a_file_is_read_on_between_the_layers_of_a_pass(base, run_request, training_config):
    def read_file() -> Iterator[None]:
        for _ in range(5):
            yield
        told.append("read")

    told: list[str] = []
    background = Background(Lane(base, Pace()))
    base.stage.between_layers = background.advance_beside_pass
    request = run_request("a", training_config())
    background.begin(Work(train(base, request, Pace(), lambda _: None), print, request.run_id))
    background.begin(Work(read_file(), print, uses_base=False))
    background.advance()  # one pass, there and back through two layers
    assert told == ["read"]
