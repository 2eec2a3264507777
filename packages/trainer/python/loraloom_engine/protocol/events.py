"""Events of engine protocol 1, one dataclass each; ``event_lines`` has their JSON form."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from loraloom_engine.protocol.parsing import Bounds
from loraloom_engine.protocol.requests import NotEmpty
from loraloom_engine.protocol.results import Count, Seconds


@dataclass(frozen=True)
class Ready:
    protocol: Literal[1]
    engine_version: NotEmpty
    device: NotEmpty
    device_name: NotEmpty
    torch_version: NotEmpty
    threads: Annotated[int, Bounds(1)]
    total_memory_bytes: Count
    free_memory_bytes: Count


@dataclass(frozen=True)
class BaseLoaded:
    model_id: NotEmpty
    revision: NotEmpty
    dtype: Literal["float32", "bfloat16"]
    quantization: Literal["none", "4bit", "8bit"]
    vocab_size: Count
    parameters: Count
    context_length: Count
    pass_tokens: Count
    linear_modules: list[str]
    seconds: Seconds


@dataclass(frozen=True)
class RunStarted:
    run_id: NotEmpty
    examples: Count
    evaluation_examples: Count
    trained_tokens_per_epoch: Count
    steps: Count
    resumed_from_step: Count


Share = Annotated[float, Bounds(0, 1)]


@dataclass(frozen=True)
class PreferenceFigures:
    """Mean rewards of answers, as the weights imply them: ``beta`` times what the adapter added to
    an answer's log-probability (nats); ORPO, which has nothing to compare with, takes the
    log-probability a token.

    ``margin`` is how far ``chosen`` is above ``rejected``, ``accuracy`` the share of pairs in
    which it is above. KTO judges single answers, good and bad ones: it has no accuracy, the means
    of those that are there, and ``kl``, the baseline that answers are measured over.
    """

    chosen: float | None
    rejected: float | None
    margin: float | None
    accuracy: Share | None
    kl: float | None


@dataclass(frozen=True)
class RewardFigures:
    """Of completions: the mean and standard deviation of their rewards, what each declared reward
    adds to the mean (in their order), how many tokens they have, and which share was cut off.

    Of a step alone: ``alike``, the share of groups that taught nothing, because all their
    completions are worth the same, and with ``beta`` above 0 ``kl``, how far a token is from the
    starting state (nats).
    """

    mean: float
    std: Annotated[float, Bounds(0)]
    each: list[float]
    completion_tokens: Annotated[float, Bounds(0)]
    shortest: Count
    longest: Count
    cut_off: Share
    alike: Share | None
    kl: float | None


@dataclass(frozen=True)
class Progress:
    """One optimizer step; ``loss`` is the mean over its trained tokens, of preferences that over
    its pairs or judged answers. ``gradient_norm`` is that before clipping.
    """

    run_id: NotEmpty
    step: Count
    steps: Count
    epoch: Annotated[float, Bounds(0)]
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: Count
    tokens_per_second: Annotated[float, Bounds(0)]
    eta_seconds: Seconds
    preferences: PreferenceFigures | None
    rewards: RewardFigures | None


@dataclass(frozen=True)
class Evaluated:
    """Mean loss over all trained tokens of a file of rows; held-out preferences as in Progress.

    ``accuracy`` is the share of these tokens that were the likeliest after the ones before them,
    ``perplexity`` exp(loss); null for preferences, the latter too where it is beyond all numbers.
    GRPO has a mean ``reward`` in place of them, and its loss is the negative reward.
    """

    run_id: NotEmpty | None
    split: Literal["held_out", "request"]
    phase: Literal["before", "during", "after"] | None
    step: Count | None
    loss: float
    accuracy: Share | None
    perplexity: Annotated[float, Bounds(1)] | None
    reward: float | None
    tokens: Count
    preferences: PreferenceFigures | None
    rewards: RewardFigures | None


@dataclass(frozen=True)
class RunCheckpointed:
    run_id: NotEmpty
    step: Count
    path: NotEmpty


@dataclass(frozen=True)
class RunFinished:
    """``steps`` are those that were taken: fewer than planned where it ``stopped_early``.

    With early stopping the adapter is that of ``best_step``, as is ``held_out_after``.
    """

    run_id: NotEmpty
    path: NotEmpty
    steps: Count
    tokens: Count
    seconds: Seconds
    final_loss: float
    held_out_before: float | None
    held_out_after: float | None
    stopped_early: bool
    best_step: Count | None
    peak_memory_bytes: Count


@dataclass(frozen=True)
class RunFailed:
    run_id: NotEmpty
    code: NotEmpty
    message: str
    details: dict[str, Any]


@dataclass(frozen=True)
class RunCancelled:
    run_id: NotEmpty
    step: Count
    checkpoint_path: NotEmpty | None


@dataclass(frozen=True)
class Alternative:
    """A token that might have been chosen; ``text`` is U+FFFD where it is half a character."""

    token_id: Count
    text: str
    logprob: float


@dataclass(frozen=True)
class TokenLogprob:
    """Of a chosen token, and of the likeliest tokens at its place, the likeliest first.

    Log-probabilities (nats) of the model's own distribution over its whole vocabulary: before
    penalty, temperature, top-k, top-p and min-p.
    """

    token_id: Count
    text: str
    logprob: float
    top: list[Alternative]


@dataclass(frozen=True)
class Token:
    """A piece of text, never half a character; ``index`` counts the pieces from 0.

    ``logprobs``, where asked for: of the tokens that this piece came from.
    """

    text: str
    index: Count
    logprobs: list[TokenLogprob] | None


@dataclass(frozen=True)
class Sampled:
    """``step``: that of the run whose weights answered, if a run was asked."""

    text: str
    finish_reason: Literal["stop", "length", "cancelled"]
    prompt_tokens: Count
    completion_tokens: Count
    seconds: Seconds
    step: Count | None


@dataclass(frozen=True)
class Error:
    code: NotEmpty
    message: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Log:
    level: Literal["debug", "info", "warn", "error"]
    message: str
