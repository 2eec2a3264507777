"""Requests of engine protocol 1, one dataclass each, and ``parse_request``."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.completions import Completions
from loraloom_engine.protocol.parsing import Bounds, parse_object

NotEmpty = Annotated[str, Bounds(1)]
Positive = Annotated[int, Bounds(1)]
Fraction = Annotated[float, Bounds(0, 1)]
# torch's generators take 64-bit seeds; 2**53 - 1 is the largest integer JSON keeps exactly.
Seed = Annotated[int, Bounds(0, 2**53 - 1)]
MethodName = Literal["sft", "dpo", "orpo", "kto", "grpo"]
# Of these rows alone tell the loss; GRPO's completions are drawn in the run itself.
MeasuredMethod = Literal["sft", "dpo", "orpo", "kto"]
TargetModules = Literal["all-linear"] | Annotated[list[NotEmpty], Bounds(1)]
# [tokens, how many examples have so many]
LengthCount = Annotated[list[Positive], Bounds(2, 2)]


@dataclass(frozen=True)
class EarlyStopping:
    """Ends a run once ``patience`` evaluations in a row lowered the held-out loss by no more than
    ``min_delta`` (nats). The weights of the best evaluation are what the run makes.
    """

    patience: Positive
    min_delta: Annotated[float, Bounds(0)]


@dataclass(frozen=True)
class TrainingConfig:
    """Hyperparameters of one run. Lengths in tokens, ``checkpoint_seconds`` in seconds.

    ``rank_stabilized`` is rsLoRA; ``dora`` gives each output of a layer a magnitude, and trains in
    a process of its own. ``gradient_checkpointing`` computes layers twice to save memory.
    With ``packed_length`` a batch counts sequences of so many tokens, filled with whole examples.
    With ``full_fine_tuning`` all weights of the base learn, in a process of its own: rank, alpha,
    dropout and target modules mean nothing then.
    Held-out rows are measured before and after training, and ``evaluate_every`` epoch or so many
    steps in between. ``completions`` are for GRPO, and there they must be given.
    """

    method: MethodName
    # How strongly preferences pull (DPO, KTO, GRPO: against the starting state; ORPO: beside the
    # NLL), and how much KTO makes of good and of bad answers.
    beta: Annotated[float, Bounds(0)]
    desirable_weight: Annotated[float, Bounds(0)]
    undesirable_weight: Annotated[float, Bounds(0)]
    rank: Annotated[int, Bounds(1, 1024)]
    alpha: Annotated[float, Bounds(1e-6)]
    rank_stabilized: bool
    dora: bool
    dropout: Annotated[float, Bounds(0, 0.99)]
    target_modules: TargetModules
    learning_rate: Annotated[float, Bounds(0)]
    schedule: Literal["cosine", "linear", "constant"]
    warmup_ratio: Fraction
    weight_decay: Annotated[float, Bounds(0)]
    max_grad_norm: Annotated[float, Bounds(1e-9)]
    batch_size: Positive
    gradient_accumulation: Positive
    epochs: Positive
    max_steps: Positive | None
    seed: Seed
    gradient_checkpointing: bool
    packed_length: Annotated[int, Bounds(2)] | None
    evaluate_every: Positive | Literal["epoch"] | None
    early_stopping: EarlyStopping | None
    checkpoint_steps: Positive
    checkpoint_seconds: Annotated[float, Bounds(0)]
    full_fine_tuning: bool = False
    completions: Completions | None = None


@dataclass(frozen=True)
class Message:
    role: NotEmpty
    content: str
    name: str | None = None


@dataclass(frozen=True)
class Hello:
    protocol: Literal[1]


@dataclass(frozen=True)
class LoadBase:
    model_id: NotEmpty
    revision: NotEmpty
    path: NotEmpty
    dtype: Literal["float32", "bfloat16"]
    quantization: Literal["none", "4bit", "8bit"]


@dataclass(frozen=True)
class UnloadBase:
    pass


@dataclass(frozen=True)
class Tokenize:
    """``out_path`` null: the rows are only counted.

    ``whole_answers``: a row's answer is compared with and not learnt, so ``max_length`` is of what
    is before it.
    """

    rows_path: NotEmpty
    out_path: NotEmpty | None
    max_length: Annotated[int, Bounds(2)]
    over_length: Literal["drop", "truncate", "raise"]
    template_variables: dict[str, str]
    whole_answers: bool = False


@dataclass(frozen=True)
class StartRun:
    """``owner`` is whoever the work is counted for, so that none takes more than others.

    ``start_from_path`` is the folder of an adapter whose weights the run begins with.
    """

    run_id: NotEmpty
    owner: NotEmpty
    rows_path: NotEmpty
    evaluation_path: NotEmpty | None
    checkpoint_path: NotEmpty | None
    work_dir: NotEmpty
    config: TrainingConfig
    start_from_path: NotEmpty | None = None


@dataclass(frozen=True)
class CancelRun:
    run_id: NotEmpty
    checkpoint: bool


@dataclass(frozen=True)
class FinishRun:
    """The run ends as it is after its last step, with what it makes; cancelled before the first."""

    run_id: NotEmpty


@dataclass(frozen=True)
class LoadAdapter:
    adapter: NotEmpty
    path: NotEmpty


@dataclass(frozen=True)
class UnloadAdapter:
    adapter: NotEmpty


@dataclass(frozen=True)
class Sample:
    """Answered by the adapter, by the run at its newest step, or without both by the base.

    ``temperature`` 0 is greedy. ``logprobs``: how many alternatives are told with each token;
    None tells no log-probability at all.
    """

    messages: Annotated[list[Message], Bounds(1)]
    adapter: NotEmpty | None
    max_tokens: Positive
    temperature: Annotated[float, Bounds(0, 10)]
    top_p: Fraction
    seed: Seed | None
    stop: list[NotEmpty]
    template_variables: dict[str, str]
    run_id: NotEmpty | None = None
    top_k: Positive | None = None
    min_p: Fraction = 0.0
    # Smaller ones would make logits overflow.
    repetition_penalty: Annotated[float, Bounds(0.01, 10)] = 1.0
    logprobs: Annotated[int, Bounds(0, 20)] | None = None


@dataclass(frozen=True)
class CancelSample:
    sample_id: NotEmpty


@dataclass(frozen=True)
class Lengths:
    """How many examples there are, their tokens together and those of the longest.

    ``by_length``, which packing is estimated from, has the shortest first. ``longest_prompt``, the
    tokens before the first that is learnt, is asked of ``grpo``, which completes it.
    """

    examples: Positive
    tokens_total: Positive
    longest: Positive
    by_length: list[LengthCount] | None = None
    longest_prompt: int | None = None


@dataclass(frozen=True)
class Estimate:
    """``evaluation`` is about the held-out rows, null without them."""

    training: Lengths
    evaluation: Lengths | None
    config: TrainingConfig


@dataclass(frozen=True)
class Evaluate:
    """Preferences are measured as a run's, against the base model alone."""

    rows_path: NotEmpty
    method: MeasuredMethod
    beta: Annotated[float, Bounds(0)]
    desirable_weight: Annotated[float, Bounds(0)]
    undesirable_weight: Annotated[float, Bounds(0)]
    adapter: NotEmpty | None
    dtype: Literal["base", "float32"]
    logits_path: NotEmpty | None


@dataclass(frozen=True)
class VerifyAdapter:
    path: NotEmpty
    rank: Positive
    alpha: Annotated[float, Bounds(1e-6)]
    rank_stabilized: bool
    dora: bool
    target_modules: TargetModules


@dataclass(frozen=True)
class VerifyModel:
    """As VerifyAdapter, of a whole model's folder."""

    path: NotEmpty


@dataclass(frozen=True)
class Shutdown:
    pass


REQUESTS: dict[str, type] = {
    "hello": Hello,
    "load_base": LoadBase,
    "unload_base": UnloadBase,
    "tokenize": Tokenize,
    "start_run": StartRun,
    "cancel_run": CancelRun,
    "finish_run": FinishRun,
    "load_adapter": LoadAdapter,
    "unload_adapter": UnloadAdapter,
    "sample": Sample,
    "cancel_sample": CancelSample,
    "estimate": Estimate,
    "evaluate": Evaluate,
    "verify_adapter": VerifyAdapter,
    "verify_model": VerifyModel,
    "shutdown": Shutdown,
}


def parse_request(message: Any) -> tuple[str, Any]:
    """Return (id, request) of a decoded JSON line.

    Raises EngineError ``bad_option`` that names the offending field.
    """
    if not isinstance(message, dict):
        raise EngineError("bad_option", "A request must be a JSON object.")
    fields = dict(message)
    request_id = fields.pop("id", None)
    if not isinstance(request_id, str) or not request_id:
        raise EngineError("bad_option", f"'id' must be a string, not {request_id!r}.")
    kind = fields.pop("type", None)
    if not isinstance(kind, str) or kind not in REQUESTS:
        raise EngineError(
            "bad_option", f"'type' must be one of {', '.join(REQUESTS)}, not {kind!r}."
        )
    return request_id, parse_object(REQUESTS[kind], fields, "")
