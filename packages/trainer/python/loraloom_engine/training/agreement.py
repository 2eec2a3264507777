"""Whether the parts of a run's config fit each other and its rows."""

from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.requests import StartRun, TrainingConfig
from loraloom_engine.rewards.rewards import Rewards


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
    if config.dora or config.full_fine_tuning:
        name = "dora" if config.dora else "full_fine_tuning"
        raise EngineError(
            "bad_option", f"'{name}' is not trained by 'grpo': leave either of them out."
        )
    Rewards(config.completions.rewards)


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
