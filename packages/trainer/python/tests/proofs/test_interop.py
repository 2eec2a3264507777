"""What a run saved gives the engine's logits in plain PEFT, whatever the family and the scale."""

from pathlib import Path

import pytest
import torch
from driving import run_alone
from peft import PeftModel
from tiny_families import FAMILIES, family_base, tiny_model

from loraloom_engine.adapter_files import load_adapter
from loraloom_engine.passes.block import Block

TEXT = [1, 40, 50, 60, 7, 9, 200, 11]


@pytest.mark.parametrize("stabilized", [False, True], ids=["alpha by rank", "rsLoRA"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_adapter_gives_the_engines_logits_in_peft(
    family, stabilized, run_request, training_config
):
    base = family_base(FAMILIES[family])
    config = training_config(rank_stabilized=stabilized, learning_rate=0.03)
    folder = Path(run_alone(base, run_request("a", config))[-1].path)
    blocks = [Block([5, 6, 7]), Block(TEXT, load_adapter(base, folder))]
    with torch.no_grad(), base.forward.hidden(blocks) as hidden:
        ours = base.head.logits(hidden[blocks[1].start : blocks[1].end])
    plain = tiny_model(FAMILIES[family], "eager")
    without = plain(torch.tensor([TEXT])).logits[0]
    theirs = PeftModel.from_pretrained(plain, folder).eval()(torch.tensor([TEXT])).logits[0]
    assert (ours - theirs).abs().max() <= 1e-4
    assert (ours - without).abs().max() > 1e-2
