"""How long a run takes here, from the engine's own pace."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

from loraloom_engine.base import Base
from loraloom_engine.lane.demand import Demand
from loraloom_engine.protocol.requests import Estimate, Lengths
from loraloom_engine.training.memory import lora_parameters
from loraloom_engine.training.pace import Kind, Pace, pass_of, scoring_of
from loraloom_engine.training.packing import count_units
from loraloom_engine.training.plan import examples_per_step, steps_per_epoch, total_steps
from loraloom_engine.training.probe import Probe

# Four passes of a probe take some seconds on a CPU with a small base.
PROBE_TOKENS = 512
# Before the first step and after the last one.
EVALUATIONS = 2


@dataclass(frozen=True)
class Work:
    """What a run has to do: tokens through the model, steps, checkpoints."""

    request: Estimate
    parameters: int
    pass_tokens: int

    @cached_property
    def units(self) -> int:
        return count_units(self.request.training, self.request.config)

    @property
    def steps(self) -> int:
        return total_steps(self.units, self.request.config)

    @property
    def evaluations(self) -> int:
        every = self.request.config.evaluate_every
        if every is None:
            return EVALUATIONS
        pause = steps_per_epoch(self.units, self.request.config) if every == "epoch" else every
        return EVALUATIONS + (self.steps - 1) // pause

    @property
    def tokens(self) -> float:
        """All that goes forward and backward; ``max_steps`` may end the run within an epoch."""
        training, config = self.request.training, self.request.config
        return training.tokens_total * self.steps / steps_per_epoch(self.units, config)

    @property
    def held_out_tokens(self) -> int:
        return self.request.evaluation.tokens_total if self.request.evaluation else 0

    @property
    def scored_tokens(self) -> float:
        """All that goes forward alone: held-out rows, references, and KTO's baselines."""
        references = self.request.training.tokens_total + self.held_out_tokens
        held_out = self.evaluations * self.held_out_tokens
        if self.request.config.method == "dpo":
            return references + held_out
        if self.request.config.method == "kto":  # each text's prompt goes with another answer too
            return 2 * (references + held_out) + self.tokens
        return held_out

    @property
    def scored_length(self) -> int:
        return mean_length(self.request.evaluation or self.request.training)

    @property
    def batch(self) -> tuple[int, int]:
        """Examples and tokens an example of the usual pass."""
        training = self.request.training
        length = mean_length(training)
        examples = examples_per_step(self.request.config) * training.examples // self.units
        in_step = min(examples, training.examples)
        return max(1, min(in_step, self.pass_tokens // length)), length

    @property
    def probed_batch(self) -> tuple[int, int]:
        examples, length = self.batch
        return max(1, min(examples, PROBE_TOKENS // length)), length


def run_seconds(base: Base, request: Estimate, pace: Pace) -> Generator[Demand, None, float]:
    """Measures first what was never done here, then adds up. Hands the engine back meanwhile.

    Raises EngineError ``unknown_target_modules``.
    """
    work = Work(request, lora_parameters(base, request.config), base.pass_tokens)
    if None in (usual_pass(work, pace), usual_scoring(work, pace), *usual_rest(work, pace)):
        yield from measure_missing(base, work, pace)
    step, start, save = usual_rest(work, pace)
    training = work.tokens * usual_pass(work, pace) + work.steps * step
    scoring = work.scored_tokens * usual_scoring(work, pace)
    return start + training + scoring + saves(work, training) * save


def measure_missing(base: Base, work: Work, pace: Pace) -> Generator[Demand, None, None]:
    probe = Probe(base, work.request.config, pace)
    step, _, save = usual_rest(work, pace)
    if None in (usual_pass(work, pace), step):
        yield from probe.measure_training(*work.probed_batch)
    if usual_scoring(work, pace) is None:
        yield from probe.measure_scoring(work.scored_length)
    if save is None:
        probe.measure_saving()


def usual_pass(work: Work, pace: Pace) -> float | None:
    """Seconds a token, of passes of the usual size or else of those that are probed."""
    checkpointing = work.request.config.gradient_checkpointing
    sizes = (examples * length for examples, length in (work.batch, work.probed_batch))
    kinds = (pass_of(work.parameters, tokens, checkpointing) for tokens in sizes)
    measured = (pace.usual(kind) for kind in kinds)
    return next((seconds for seconds in measured if seconds is not None), None)


def usual_scoring(work: Work, pace: Pace) -> float | None:
    if work.scored_tokens == 0:
        return 0.0
    return pace.usual(scoring_of(work.parameters, work.scored_length))


def usual_rest(work: Work, pace: Pace) -> list[float | None]:
    """Seconds of an optimizer's step, of a start and of a checkpoint."""
    return [pace.usual(Kind(kind, work.parameters)) for kind in ("step", "start", "save")]


def saves(work: Work, training_seconds: float) -> float:
    """How many checkpoints are written; the adapter itself counts as one more."""
    config = work.request.config
    pause = config.checkpoint_seconds
    by_time = min(work.steps, training_seconds / pause) if pause > 0 else work.steps
    return 1 + max(by_time, work.steps / config.checkpoint_steps)


def mean_length(lengths: Lengths) -> int:
    return max(2, round(lengths.tokens_total / lengths.examples))
