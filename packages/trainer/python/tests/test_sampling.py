"""Answers: whole characters, stop strings, log-probabilities, long prompts."""

import pytest
import torch
from asking import make_sample
from tiny_base import make_tokenizer
from transformers import AutoModelForCausalLM

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.lora.adapter import LoraShape
from loraloom_engine.passes.block import Block
from loraloom_engine.protocol.events import Sampled, Token
from loraloom_engine.sampling.answers import PROMPT_TOKENS, Answers
from loraloom_engine.sampling.detokenizer import Detokenizer
from loraloom_engine.sampling.live_runs import Voice
from loraloom_engine.sampling.sampling import Sampling, prompt_tokens
from loraloom_engine.sampling.spoken_text import SpokenText
from loraloom_engine.sampling.stop_strings import StopStrings

BARE = Voice()


def sample(base: Base, content: str = "Hi", voice: Voice = BARE, **changes) -> list:
    events: list = []
    answers = Answers(lambda event, _: events.append(event))
    answers.add("q1", Sampling(base, make_sample(content, **changes), voice, events.append))
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


def test_logprobs_are_those_of_the_model_itself_whatever_was_chosen_by(base):
    *tokens, sampled = sample(
        base, logprobs=3, temperature=2.0, seed=5, top_k=40, repetition_penalty=1.4
    )
    entries = [entry for token in tokens for entry in token.logprobs]
    assert len(entries) == sampled.completion_tokens
    prompt = prompt_tokens(base, make_sample("Hi"))
    chosen = [entry.token_id for entry in entries]
    with torch.no_grad(), base.forward.hidden([Block(prompt + chosen)]) as hidden:
        wanted = base.head.logits(hidden[len(prompt) - 1 : -1]).log_softmax(dim=-1)
    for entry, values in zip(entries, wanted, strict=True):
        assert entry.logprob == pytest.approx(values[entry.token_id].item(), abs=1e-5)
        top = values.topk(3)
        assert [other.token_id for other in entry.top] == top.indices.tolist()
        assert [other.logprob for other in entry.top] == pytest.approx(
            top.values.tolist(), abs=1e-5
        )


def test_without_being_asked_for_no_logprob_is_told(base):
    assert {token.logprobs for token in sample(base)[:-1]} == {None}


def spoken(*texts: str, **changes) -> list[tuple[str, list[str]]]:
    """The pieces shown of an answer of these texts' tokens, each with its logprobs' tokens."""
    tokenizer = make_tokenizer()
    shown: list[Token] = []
    answer = SpokenText(tokenizer, make_sample(logprobs=1, **changes), shown.append)
    for token in tokenizer.encode("".join(texts)):
        if not answer.stopped:
            answer.add(token, torch.zeros(len(tokenizer)))
    answer.end()
    assert answer.whole == "".join(token.text for token in shown)
    return [(token.text, [entry.text for entry in token.logprobs]) for token in shown]


def test_logprobs_come_with_the_text_of_their_tokens():
    assert spoken("ab") == [("a", ["a"]), ("b", ["b"])]


def test_halves_of_a_character_have_their_logprobs_with_it():
    assert spoken("👋b") == [("👋", ["\ufffd"] * 4), ("b", ["b"])]


def test_tokens_of_a_stop_string_have_no_logprobs():
    assert spoken("aUse User: b", stop=["User:"]) == [
        ("a", ["a"]),
        ("Use ", ["U", "s", "e", " "]),
    ]


def test_tokens_without_a_text_have_their_logprobs_at_the_end():
    assert spoken("a", "<|im_start|>") == [("a", ["a"]), ("", ["<|im_start|>"])]


def test_answers_of_an_adapter_that_is_not_finite_fail_by_name(base):
    adapter = base.new_adapter(LoraShape(2, 4.0, {"model.layers.0.self_attn.q_proj": (32, 32)}))
    adapter.weights.data.fill_(float("nan"))
    (failed,) = sample(base, voice=Voice(adapter))
    assert failed.code == "non_finite_adapter"
