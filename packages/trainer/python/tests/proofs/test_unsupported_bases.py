"""A base whose texts can't share a pass is refused when it is loaded, and told why."""

import pytest
import torch
from tiny_base import make_tokenizer
from tiny_families import SHAPE, family_base, tiny_model
from transformers import (
    BloomConfig,
    CohereConfig,
    GPT2Config,
    GptOssConfig,
    GraniteConfig,
    Lfm2Config,
    Llama4TextConfig,
    LlamaConfig,
    MambaConfig,
    PreTrainedConfig,
)

from loraloom_engine.base_check import check_base
from loraloom_engine.errors import EngineError
from loraloom_engine.loading import load_base
from loraloom_engine.passes.stage import Stage
from loraloom_engine.protocol.requests import LoadBase

LONG = {"short_factor": [1.0] * 4, "long_factor": [2.0] * 4}
EXPERTS = {"num_local_experts": 4, "num_experts_per_tok": 2}
HEAD = {"head_dim": 8}


def with_rope(kind: str, **settings: object) -> LlamaConfig:
    rope = {"rope_theta": 10_000.0, "rope_type": kind, "factor": 2.0, **settings}
    return LlamaConfig(**SHAPE, rope_parameters=rope)


REFUSED: dict[str, tuple[PreTrainedConfig, str]] = {
    "state space": (MambaConfig(**SHAPE, state_size=4), "layers of the kind linear_attention"),
    "convolution": (
        Lfm2Config(**SHAPE, layer_types=["conv", "full_attention"]), "layers of the kind conv"
    ),
    "chunked attention": (
        Llama4TextConfig(**SHAPE, **HEAD, intermediate_size_mlp=64, num_local_experts=2),
        "chunked_attention",
    ),
    "positions by place in the pass": (BloomConfig(**SHAPE), "change with its neighbours"),
    "scaled logits": (CohereConfig(**SHAPE, logit_scale=0.1), "its own logits are others"),
    "divided logits": (GraniteConfig(**SHAPE, logits_scaling=8.0), "its own logits are others"),
    "attention sinks": (GptOssConfig(**SHAPE, **HEAD, **EXPERTS), "asks for s_aux"),
    "dynamic rope": (with_rope("dynamic"), "its dynamic positions"),
    "longrope": (
        with_rope("longrope", **LONG, original_max_position_embeddings=256), "longrope positions"
    ),
    "no linear layers": (GPT2Config(**SHAPE), "no linear layers"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_base_that_cannot_be_shared_is_refused_with_the_reason(name):
    config, reason = REFUSED[name]
    with pytest.raises(EngineError, match=reason) as refused:
        check_base(family_base(config))
    assert refused.value.code == "unsupported_base_model"


@pytest.mark.parametrize("kind", ["linear", "llama3", "yarn"])
def test_positions_that_depend_on_their_own_text_alone_are_taken(kind):
    bands = {"low_freq_factor": 1.0, "high_freq_factor": 4.0} if kind == "llama3" else {}
    older = {} if kind == "linear" else {"original_max_position_embeddings": 64}
    check_base(family_base(with_rope(kind, **bands, **older)))


def test_a_window_that_the_layer_does_not_say_is_refused():
    base = family_base(LlamaConfig(**SHAPE))
    base.model.config.layer_types = ["full_attention", "sliding_attention"]
    with pytest.raises(EngineError, match="how wide its sliding window is"):
        check_base(base)


def test_a_leak_between_blocks_is_seen(monkeypatch):
    base = family_base(LlamaConfig(**SHAPE))

    def as_one_text(stage: Stage, blocks: list, *others: object):
        joined = type(blocks[0])([token for block in blocks for token in block.tokens])
        return usual(stage, [joined], *others)

    usual = Stage.set_for
    monkeypatch.setattr(Stage, "set_for", as_one_text)
    with pytest.raises(EngineError, match="change with its neighbours"):
        check_base(base)


def test_the_check_is_part_of_loading(tmp_path):
    make_tokenizer().save_pretrained(tmp_path)
    tiny_model(GraniteConfig(**SHAPE, logits_scaling=8.0), "eager").save_pretrained(tmp_path)
    identity = LoadBase("granite", "main", str(tmp_path), "float32", "none")
    with pytest.raises(EngineError, match="granite") as refused:
        load_base(identity, torch.device("cpu"))
    assert refused.value.code == "unsupported_base_model"
