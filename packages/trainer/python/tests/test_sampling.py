"""Answers: whole characters, stop strings, choices that follow the seed, long prompts."""

import pytest
import torch
from tiny_base import make_tokenizer
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Sampled, Token
from loraloom_engine.protocol.requests import Message, Sample
from loraloom_engine.sampling.answers import PROMPT_TOKENS, Answers
from loraloom_engine.sampling.choose_token import TokenChooser
from loraloom_engine.sampling.detokenizer import Detokenizer
from loraloom_engine.sampling.sampling import Sampling
from loraloom_engine.sampling.stop_strings import StopStrings


def sample(base: Base, content: str = "Hi", **changes) -> list:
    fields = {
        "adapter": None,
        "max_tokens": 12,
        "temperature": 0.0,
        "top_p": 1.0,
        "seed": None,
        "stop": [],
        "template_variables": {},
    } | changes
    events: list = []
    request = Sample([Message("user", content)], **fields)
    answers = Answers(lambda event, _: events.append(event))
    answers.add("q1", Sampling(base, request, None, events.append))
    while answers:
        answers.advance(base)
    return events


def test_the_pieces_make_up_the_text(base):
    *tokens, sampled = sample(base)
    assert isinstance(sampled, Sampled)
    assert "".join(token.text for token in tokens) == sampled.text
    assert [token.index for token in tokens] == list(range(len(tokens)))
    assert sampled.completion_tokens <= 12


def test_greedy_equals_transformers_own_generation(base, tiny_folder):
    prompt = "<|im_start|>user\n" + "a" * 300 + "<|im_end|>\n<|im_start|>assistant\n"
    inputs = base.tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    assert inputs["input_ids"].shape[1] > PROMPT_TOKENS
    plain = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    output = plain.generate(**inputs, max_new_tokens=12, do_sample=False)
    answer = output[0, inputs["input_ids"].shape[1] :]
    expected = base.tokenizer.decode(answer, skip_special_tokens=True)
    assert sample(base, "a" * 300)[-1].text == expected


def test_equal_seeds_give_equal_answers(base):
    def text(seed: int) -> str:
        return sample(base, temperature=1.5, seed=seed)[-1].text

    assert text(1) == text(1)
    assert len({text(seed) for seed in range(5)}) > 1


def test_a_prompt_that_leaves_no_room_is_refused(base):
    with pytest.raises(EngineError, match="512") as caught:
        sample(base, max_tokens=510)
    assert caught.value.code == "prompt_too_long"


@pytest.mark.parametrize("text", ["naïve 👋🏼 日本語 ok", "e\u0301\u200d👩‍🚀"])
def test_no_piece_holds_half_a_character(text):
    tokenizer = make_tokenizer()
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.push(token) for token in tokenizer.encode(text)]
    assert "".join(pieces) == text
    assert "\ufffd" not in "".join(pieces)
    assert "" in pieces  # the first bytes of a character say nothing yet


def test_a_character_cut_off_at_the_end_is_shown_as_such():
    tokenizer = make_tokenizer()
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.push(token) for token in tokenizer.encode("a👋")[:-1]]
    assert "".join(pieces) == "a"
    assert detokenizer.flush() == "\ufffd"


def test_text_after_a_stop_string_is_never_shown():
    stops = StopStrings(["User:", "\n\n"])
    shown = [stops.push(piece) for piece in ["Hel", "lo U", "s", "er", ": more"]]
    assert "".join(shown) == "Hello "
    assert stops.found
    assert stops.flush() == ""


def test_what_only_began_like_a_stop_string_is_shown():
    stops = StopStrings(["User:"])
    shown = [stops.push(piece) for piece in ["my U", "se", " of"]]
    assert shown == ["my ", "", "Use of"]
    assert not stops.found


def test_an_answer_ends_at_its_stop_string(base):
    whole = sample(base)[-1].text
    stop = whole[2:4]
    *tokens, sampled = sample(base, stop=[stop])
    assert sampled.finish_reason == "stop"
    assert sampled.text == whole[: whole.index(stop)]
    assert "".join(t.text for t in tokens if isinstance(t, Token)) == sampled.text


def test_top_p_leaves_only_the_likeliest():
    logits = torch.log(torch.tensor([0.5, 0.3, 0.2]))
    chooser = TokenChooser(1.0, 0.6, seed=1)
    assert {chooser.choose(logits) for _ in range(50)} == {0, 1}
    assert {TokenChooser(1.0, 0.0, seed=s).choose(logits) for s in range(9)} == {0}
    assert TokenChooser(1e-6, 1.0, seed=1).choose(logits * 1e4) == 0
