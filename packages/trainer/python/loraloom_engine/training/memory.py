"""How much memory a run takes beyond the resident base: an estimate from tensor sizes."""

from collections.abc import Iterator

from loraloom_engine.base import COMPLETIONS_PER_PASS, Base
from loraloom_engine.lane.cache_budget import cache_budget, cached_token_bytes
from loraloom_engine.passes.log_probs import CHUNK
from loraloom_engine.protocol.requests import Lengths, TrainingConfig
from loraloom_engine.training.lora_config import lora_shape
from loraloom_engine.training.plan import examples_per_step

FLOAT32_BYTES = 4
# float32 weight, gradient and Adam's two moments.
BYTES_PER_PARAMETER = 16
# A float32 copy of the best weights, which early stopping keeps.
BYTES_OF_BEST = 4
# Norms, attention and residual sums keep about as much for backward as the linear
# layers' inputs and outputs do.
ACTIVATION_OVERHEAD = 2.0
# Logits, their float32 copy and the gradient of it, of one chunk.
LOGIT_BYTES = 12
# For each token: of a chunk's large tensors the C library keeps holes between smaller ones. With
# layers computed twice that is much of a pass: one of 768 tokens through a base of 135M parameters
# takes 508 MB, one of 256 tokens 278 MB.
HOLE_BYTES = {"cpu": 5, "cuda": 0}
# The same where the output layer learns too: its logits are computed twice.
HOLE_BYTES_OF_LEARNT_OUTPUT = {"cpu": 14, "cuda": 0}
# A Python with torch, transformers and PEFT in it; on a GPU about what CUDA takes there.
PROCESS_BYTES = 450 * 2**20
# DoRA computes a layer's whole weight: with the adapter's added, its squares, and both again in
# float32.
DENSE_COPIES = 4


def learnt_bytes(base: Base, config: TrainingConfig) -> int:
    """Of an adapter, or of a base that itself learns and is there already.

    Raises EngineError as ``lora_parameters``.
    """
    each = BYTES_PER_PARAMETER + (BYTES_OF_BEST if config.early_stopping else 0)
    if config.full_fine_tuning:
        return (each - FLOAT32_BYTES) * base.model.num_parameters()
    if base.model.dtype.itemsize < FLOAT32_BYTES:
        each += base.model.dtype.itemsize  # a pass's own copy (``lora/adapter.py``)
    return each * lora_parameters(base, config)


def lora_parameters(base: Base, config: TrainingConfig) -> int:
    """Raises EngineError ``unknown_target_modules``, or ``bad_option`` for too high a rank."""
    return lora_shape(base, config).parameters


def run_memory(base: Base, config: TrainingConfig, tokens: int) -> int:
    """Bytes at the peak of a pass of so many tokens, beyond the base's own.

    Raises EngineError ``unknown_target_modules``, or ``bad_option`` for too high a rank.
    """
    vocabulary = base.model.get_input_embeddings().num_embeddings
    activations = activation_memory(base, tokens, config.gradient_checkpointing)
    holes = HOLE_BYTES
    if config.full_fine_tuning:  # in float32, whatever the base is served in
        activations *= FLOAT32_BYTES // base.model.dtype.itemsize
        holes = HOLE_BYTES_OF_LEARNT_OUTPUT
    each = LOGIT_BYTES * min(tokens, CHUNK) + holes[base.device.type] * tokens
    logits = vocabulary * each
    return int(learnt_bytes(base, config) + activations + logits)


def activation_memory(base: Base, tokens: int, checkpointing: bool = False) -> int:
    """Bytes that a pass of so many tokens keeps for backward."""
    element = base.model.dtype.itemsize
    return int(ACTIVATION_OVERHEAD * features_kept(base, checkpointing) * element * tokens)


def run_memory_apart(base: Base, config: TrainingConfig, tokens: int) -> int:
    """As ``run_memory``, of a run in a process of its own."""
    own = learning_base(base) if config.full_fine_tuning else wrapped_base(base, tokens)
    return run_memory(base, config, tokens) + PROCESS_BYTES + own


def learning_base(base: Base) -> int:
    """A base in float32, and gradients of its largest weight before they are added."""
    sizes = [weight.numel() for weight in base.model.parameters()]
    return FLOAT32_BYTES * (sum(sizes) + gradients_at_once(base) * max(sizes))


def gradients_at_once(base: Base) -> int:
    """Of the output layer: of two chunks of logits, or theirs, the embeddings' and their sum."""
    model = base.model
    return 3 if model.get_output_embeddings().weight is model.get_input_embeddings().weight else 2


def wrapped_base(base: Base, tokens: int) -> int:
    """A base of its own, and DoRA's products."""
    linear = base.linear_modules.values()
    own_base = sum(p.nbytes for p in [*base.model.parameters(), *base.model.buffers()])
    largest = max(layer.in_features * layer.out_features for layer in linear)
    dense = DENSE_COPIES * FLOAT32_BYTES * largest
    # What the base and the adapter gave are kept apart: the magnitudes' gradients need both.
    kept = 2 * sum(layer.out_features for layer in linear) * base.model.dtype.itemsize * tokens
    return own_base + dense + kept


def writing_memory(base: Base, config: TrainingConfig, longest: int) -> int:
    """Bytes of what is kept of the completions that a run writes at once, none if it writes none.

    ``longest``: tokens of its longest prompt.
    """
    if config.completions is None:
        return 0
    at_once = min(
        examples_per_step(config) * config.completions.number,
        COMPLETIONS_PER_PASS[base.device.type],
    )
    one = (longest + config.completions.max_tokens) * cached_token_bytes(base)
    return max(one, min(at_once * one, cache_budget(base)))


def features_kept(base: Base, checkpointing: bool) -> int:
    """Of each token: what all linear layers take and give, or one layer's and each one's input."""
    linear = base.linear_modules.values()
    features = sum(layer.in_features + layer.out_features for layer in linear)
    if not checkpointing:
        return features
    config = base.model.config.get_text_config()
    return features // config.num_hidden_layers + config.num_hidden_layers * config.hidden_size


def longest_completion(config: TrainingConfig) -> int:
    """In tokens; 0 where a run writes none."""
    return config.completions.max_tokens if config.completions else 0


def largest_pass(
    training: Lengths, held_out: Lengths | None, config: TrainingConfig, most: int
) -> int:
    """The tokens of a run's largest pass in a lane whose passes hold ``most`` tokens.

    An example is never split, nor are the two texts of a pair; a step's examples share a pass as
    far as they fit. What is packed fills its sequences. Of a prompt there are several completions.
    """
    example = training.longest * (2 if config.method in ("dpo", "orpo") else 1)
    example += longest_completion(config)
    size = config.packed_length or example
    each = config.completions.number if config.completions else 1
    step = each * min(examples_per_step(config) * size, training.examples * example)
    longest = max(example, held_out.longest if held_out else 0)
    return max(longest, min(step, most))


def pass_sizes(
    training: Lengths, held_out: Lengths | None, config: TrainingConfig, most: int
) -> Iterator[int]:
    """Of a run's largest pass, in tokens: the usual one, and what could be tried in its place."""
    smallest = largest_pass(training, held_out, config, 0)
    tokens = largest_pass(training, held_out, config, most)
    while tokens > smallest:
        yield tokens
        tokens //= 2
    yield smallest
