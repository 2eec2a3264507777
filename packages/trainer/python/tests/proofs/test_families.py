"""Every family's texts come out of a common pass as transformers' own model has them alone."""

import pytest
import torch
from driving import run_together
from outcomes import FLOAT32, FLOAT64, Outcome, assert_within, outcome_of
from peft_loop import train_plainly
from tiny_families import FAMILIES, WINDOW, family_base, in_float64, tiny_model

from loraloom_engine.base import Base
from loraloom_engine.base_check import check_base
from loraloom_engine.passes.block import Block, KeyValues

# Longer and shorter than the sliding window, and a single token.
TEXTS = [[3 + (at * 31 + place * 7) % 250 for place in range(length)] for at, length in
         enumerate((WINDOW + 4, 3 * WINDOW, 1, WINDOW - 1))]  # fmt: skip
# Logits of these models are some units large.
NEAR = 2e-5


def logits_of(base: Base, blocks: list[Block]) -> list[torch.Tensor]:
    with torch.no_grad(), base.forward.hidden(blocks) as hidden:
        return list(base.head.logits(hidden).split([len(block) for block in blocks]))


def own_logits(model: torch.nn.Module, text: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([text])).logits[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_each_text_of_a_pass_has_the_logits_that_it_has_alone(family):
    base, own = family_base(FAMILIES[family]), tiny_model(FAMILIES[family], "eager")
    for text, logits in zip(TEXTS, logits_of(base, [Block(text) for text in TEXTS]), strict=True):
        assert (logits - own_logits(own, text)).abs().max() <= NEAR


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_read_in_pieces_beside_others_has_the_logits_of_the_whole(family):
    base, own = family_base(FAMILIES[family]), tiny_model(FAMILIES[family], "eager")
    whole, past, found = TEXTS[1], KeyValues(), []
    for start, end in [(0, 3), (3, WINDOW + 5), (WINDOW + 5, WINDOW + 6), (WINDOW + 6, None)]:
        blocks = [Block(TEXTS[0]), Block(whole[start:end], None, past), Block(TEXTS[3])]
        found.append(logits_of(base, blocks)[1])
    assert (torch.cat(found) - own_logits(own, whole)).abs().max() <= NEAR


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_passes_the_check_at_loading(family):
    check_base(family_base(FAMILIES[family]))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_run_beside_another_equals_a_plain_peft_loop(family, run_request, training_config):
    usual = run_request("a", training_config())
    other = run_request("bb", training_config(rank=7, learning_rate=0.05, seed=5))
    events, _ = run_together(family_base(FAMILIES[family]), usual, other)
    expected = Outcome(*train_plainly(tiny_model(FAMILIES[family], "eager"), usual))
    assert_within(FLOAT32, outcome_of(events), expected)


# Soft caps need transformers' eager attention, which rounds to float32 on the way.
@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"gemma2"}))
def test_in_float64_nothing_but_rounding_is_left(family, run_request, training_config):
    usual = run_request("a", training_config(max_steps=3))
    other = run_request("bb", training_config(rank=7, learning_rate=0.05, seed=5, max_steps=3))
    events, _ = run_together(family_base(FAMILIES[family], double=True), usual, other)
    own = in_float64(tiny_model(FAMILIES[family], "sdpa"))
    assert_within(FLOAT64, outcome_of(events), Outcome(*train_plainly(own, usual)))
