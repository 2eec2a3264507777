"""Whether the parts of a run's config fit each other and its rows."""

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.rewards.rewards import Rewards
from loraloom_engine.training.plan import examples_per_step

# All completions of a step are begun together, each with a generator and a text of its own.
MOST_COMPLETIONS = 4_096


def check_agreement(request: StartRun) -> None:
    """Raises EngineError ``bad_option`` that names the option and what it would take."""
    config = request.config
    check_completions(config)
    if config.packed_length is not None and config.method != "sft":
        raise EngineError(
            "bad_option",
            f"'packed_length' is for 'sft': '{config.method}' compares answers, one with another.",
        )
    if config.full_fine_tuning and (config.dora or config.dropout > 0):
        raise EngineError(
            "bad_option",
            "'full_fine_tuning' trains no adapter: 'dora' and 'dropout' mean nothing with it.",
        )
    if request.evaluation_path is None and config.evaluate_every is not None:
        raise EngineError(
            "bad_option",
            f"'evaluate_every' is {config.evaluate_every!r}, but there are no held-out rows.",
        )
    if config.early_stopping is not None and config.evaluate_every is None:
        raise EngineError(
            "bad_option", "'early_stopping' needs 'evaluate_every': it waits for evaluations."
        )


def check_completions(config: TrainingConfig) -> None:
    """GRPO writes completions and judges them, in the shared lane; nothing else does.

    Raises EngineError ``bad_option``, of a reward that can't be too.
    """
    if (config.method == "grpo") != (config.completions is not None):
        raise EngineError(
            "bad_option",
            f"'completions' are for 'grpo' and needed there; the method is '{config.method}'.",
        )
    if config.completions is None:
        return
    apart = [name for name in ("dora", "full_fine_tuning") if getattr(config, name)]
    if apart:
        names = " and ".join(f"'{name}'" for name in apart)
        raise EngineError(
            "bad_option", f"'grpo' is not trained with {names}: choose the one or the other."
        )
    check_completions_of_a_step(config, config.completions.number)
    Rewards(config.completions.rewards)


def check_completions_of_a_step(config: TrainingConfig, number: int) -> None:
    together = examples_per_step(config) * number
    if together > MOST_COMPLETIONS:
        raise EngineError(
            "bad_option",
            f"'batch_size' {config.batch_size} × 'gradient_accumulation' "
            f"{config.gradient_accumulation} × 'completions.number' {number} are {together} "
            f"completions a step; it takes {MOST_COMPLETIONS} at most: lower any of the three.",
        )


def check_context(config: TrainingConfig, longest_prompt: int, context_length: int) -> None:
    """A prompt and its completion are one text.

    Raises EngineError ``over_length``.
    """
    if config.completions is None:
        return
    most = config.completions.max_tokens
    if longest_prompt + most > context_length:
        raise EngineError(
            "over_length",
            f"A prompt of {longest_prompt} tokens and completions of up to {most} are more than "
            f"the {context_length} tokens that the model takes: shorten either of them.",
            {
                "prompt_tokens": longest_prompt,
                "max_tokens": most,
                "context_length": context_length,
            },
        )


def check_batches(config: TrainingConfig, examples: int) -> None:
    """KTO compares the examples of a batch with each other.

    Raises EngineError ``bad_option`` or ``no_usable_rows``.
    """
    if config.method != "kto":
        return
    if config.batch_size < 2:
        raise EngineError("bad_option", "KTO compares the examples of a batch: 'batch_size' is 1.")
    if examples < 2:
        raise EngineError("no_usable_rows", "KTO compares at least two examples; there is one.")
