"""What may be kept of all completions in the making: the keys and values of their tokens.

It depends on the base and the device alone, not on what is free at the moment: which completions
share a pass decides how it is rounded, and a run that goes on elsewhere is to write the same ones.
"""

from loraloom_engine.base import Base
from loraloom_engine.device import total_memory

# Of the memory that the base leaves: passes, adapters and their moments need room too.
SHARE_OF_MEMORY = 0.25


def cache_budget(base: Base) -> int:
    """Bytes for what all runs write together. One completion alone may take more."""
    weights = sum(tensor.nbytes for tensor in [*base.model.parameters(), *base.model.buffers()])
    return int(SHARE_OF_MEMORY * max(0, total_memory(base.device) - weights))


def cached_token_bytes(base: Base) -> int:
    """Bytes of one token's keys and values, through all layers."""
    model = base.model.config.get_text_config()
    heads = getattr(model, "num_key_value_heads", None) or model.num_attention_heads
    size = getattr(model, "head_dim", None) or model.hidden_size // model.num_attention_heads
    return 2 * model.num_hidden_layers * heads * size * base.model.dtype.itemsize
