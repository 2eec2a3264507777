"""Loads a base model from a local folder, quantized if asked, and checks that it can be shared.

Safetensors only, local files only, and never code from the folder.
"""

from pathlib import Path

import torch
from bitsandbytes.nn import Linear4bit
from torch import nn
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.base import Base, make_base
from loraloom_engine.base_check import check_base
from loraloom_engine.errors import EngineError
from loraloom_engine.passes.attention import NAME as BLOCK_ATTENTION
from loraloom_engine.passes.frozen_linear import take_faster_products
from loraloom_engine.protocol.requests import LoadBase

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def load_base(identity: LoadBase, device: torch.device, dtype: torch.dtype | None = None) -> Base:
    """Load the model and its tokenizer onto the device; its own ``dtype`` where none is named.

    Raises EngineError ``unknown_base_model`` for a folder that holds none, and
    ``unsupported_base_model`` for one whose texts can't share a pass.
    """
    folder = Path(identity.path)
    if not (folder / "config.json").is_file():
        raise EngineError(
            "unknown_base_model",
            f"{folder} holds no model (no config.json) for {identity.model_id}.",
        )
    tokenizer = load_tokenizer(identity)
    base = make_base(
        identity,
        load_model(identity, device, dtype or DTYPES[identity.dtype]),
        tokenizer,
        device,
    )
    check_base(base)
    return base


def load_tokenizer(identity: LoadBase) -> PreTrainedTokenizerBase:
    try:
        tokenizer = AutoTokenizer.from_pretrained(identity.path, local_files_only=True)
    except (OSError, ValueError) as error:
        raise unusable(identity, error) from error
    if not tokenizer.chat_template:
        raise EngineError(
            "unknown_base_model",
            f"{identity.model_id} has no chat template; use an instruct or chat model.",
        )
    return tokenizer


def load_model(identity: LoadBase, device: torch.device, dtype: torch.dtype) -> nn.Module:
    try:
        model = AutoModelForCausalLM.from_pretrained(
            identity.path,
            dtype=dtype,
            quantization_config=quantization(identity),
            # Quantized weights are made on the device; torch can't move them there afterwards.
            device_map={"": device},
            local_files_only=True,
            use_safetensors=True,
            attn_implementation=BLOCK_ATTENTION,
        )
    except (OSError, ValueError, LookupError) as error:
        raise unusable(identity, error) from error
    keep_differentiable(model)
    take_faster_products(model)
    return model.eval().requires_grad_(False)


def keep_differentiable(model: nn.Module) -> None:
    """On some CPUs bitsandbytes repacks 4-bit weights at the first pass without gradients.

    What it then computes is rounded to bfloat16 and has no backward: training would go on with
    wrong gradients.
    """
    for module in model.modules():
        if isinstance(module, Linear4bit):
            module.support_avx512bf16_for_cpu = False


def quantization(identity: LoadBase) -> BitsAndBytesConfig | None:
    """4-bit nf4 as in QLoRA (arXiv:2305.14314), or 8-bit by rows (arXiv:2208.07339).

    Without the latter's outlier columns: they are chosen over all tokens of a pass, so a
    neighbour's would change what others compute.
    """
    if identity.quantization == "4bit":
        return BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=DTYPES[identity.dtype],
        )
    if identity.quantization == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_threshold=0.0)
    return None


def unusable(identity: LoadBase, error: Exception) -> EngineError:
    return EngineError(
        "unknown_base_model", f"{identity.path} can't be loaded as {identity.model_id}: {error}"
    )
