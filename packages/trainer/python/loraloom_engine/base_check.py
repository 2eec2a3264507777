"""Whether texts of one pass really stay apart in a model, and come out as it means them to.

What the config gives away is looked up first; then a few made-up texts go through it. Run once
when a base is loaded: some passes of a dozen tokens.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.faults import is_out_of_memory
from loraloom_engine.passes.attention import NAME as BLOCK_ATTENTION
from loraloom_engine.passes.block import Block, KeyValues

# Lengths of the made-up texts; the first is also read in two pieces, the second with a past.
LENGTHS = (9, 6, 12)
PIECE = 4
# Of all logits together (Frobenius), how much rounding may move them; other arithmetic moves
# them far more. Rounded to 8 bits, a tiny difference of an input can become 1/127 of it.
TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-3, torch.bfloat16: 0.1}
QUANTIZED_TOLERANCE = 0.1
KNOWN_LAYERS = {"full_attention", "sliding_attention"}


def check_base(base: Base) -> None:
    """Raises EngineError ``unsupported_base_model`` with the reason."""
    check_config(base)
    try:
        check_passes(base)
    except (EngineError, MemoryError):
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise
        raise unsupported(base, f"it can't compute several texts in one pass ({error})") from error


def check_config(base: Base) -> None:
    """What short texts don't show."""
    if not base.linear_modules:
        raise unsupported(base, "it has no linear layers that an adapter could target")
    config = base.model.config.get_text_config()
    strange = set(getattr(config, "layer_types", None) or []) - KNOWN_LAYERS
    if strange:
        raise unsupported(base, f"it has layers of the kind {', '.join(sorted(strange))}")
    for rope in sorted(rope_types(base.model)):
        if "dynamic" in rope or rope == "longrope":
            raise unsupported(
                base,
                f"its {rope} positions depend on the longest text of a pass, a neighbour's too",
            )


def rope_types(model: nn.Module) -> set[str]:
    """Of one kind for all layers, or one for each kind of layer."""
    found = set()
    for module in model.modules():
        kind = getattr(module, "rope_type", None)
        found |= set(kind.values()) if isinstance(kind, dict) else {kind}
    return found - {None}


def check_passes(base: Base) -> None:
    texts = made_up_texts(base)
    with torch.no_grad():
        alone = [logits_together(base, [Block(text)])[0] for text in texts]
        together = logits_together(base, [Block(text) for text in texts])
        resumed = logits_in_pieces(base, texts)
        with own_attention(base.model):
            own = [own_logits(base, text) for text in texts]
    expect(base, own, alone, "its own logits are others than its hidden states give here")
    expect(base, alone, together, "a text's logits change with its neighbours in a pass")
    expect(base, alone[:1], [resumed], "a text that is read in pieces gives other logits")


def made_up_texts(base: Base) -> list[list[int]]:
    """All different, spread over the vocabulary."""
    vocabulary = base.model.get_input_embeddings().num_embeddings
    return [
        [(7919 * at + 104729 * place) % vocabulary for place in range(1, length + 1)]
        for at, length in enumerate(LENGTHS)
    ]


def logits_together(base: Base, blocks: list[Block]) -> list[torch.Tensor]:
    with base.forward.hidden(blocks) as hidden:
        return list(base.head.logits(hidden).split([len(block) for block in blocks]))


def logits_in_pieces(base: Base, texts: list[list[int]]) -> torch.Tensor:
    """Of the first text, beside the last one, its beginning as the past of its end."""
    first, *_, neighbour = texts
    past = KeyValues()
    pieces = [Block(piece, None, past) for piece in (first[:PIECE], first[PIECE:])]
    return torch.cat([logits_together(base, [Block(neighbour), piece])[1] for piece in pieces])


@contextmanager
def own_attention(model: nn.Module) -> Iterator[None]:
    """The attention that every model has and that does all it asks for."""
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(BLOCK_ATTENTION)


def own_logits(base: Base, text: list[int]) -> torch.Tensor:
    tokens = torch.tensor([text], device=base.device)
    return base.model(input_ids=tokens, use_cache=False).logits[0]


def expect(base: Base, wanted: list[torch.Tensor], found: list[torch.Tensor], fault: str) -> None:
    one, other = torch.cat(wanted).float(), torch.cat(found).float()
    difference = (torch.linalg.norm(one - other) / torch.linalg.norm(one)).item()
    if not difference <= tolerance(base):
        raise unsupported(base, f"{fault} (by {difference:.2g} of them)")


def tolerance(base: Base) -> float:
    quantized = base.identity.quantization != "none"
    return QUANTIZED_TOLERANCE if quantized else TOLERANCE[base.model.dtype]


def unsupported(base: Base, reason: str) -> EngineError:
    return EngineError(
        "unsupported_base_model",
        f"{base.identity.model_id} ({base.model.config.model_type}) can't be shared: {reason}.",
    )
