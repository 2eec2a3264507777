"""Tokens are chosen as transformers chooses them: each step, their order, and the draws."""

import pytest
import torch
from asking import make_sample
from torch.profiler import ProfilerActivity, profile
from transformers import (
    AutoModelForCausalLM,
    LogitsProcessor,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from loraloom_engine.base import Base
from loraloom_engine.errors import EngineError
from loraloom_engine.protocol.events import Sampled, Token
from loraloom_engine.sampling.answers import Answers
from loraloom_engine.sampling.choose_token import (
    TokenChooser,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalize,
)
from loraloom_engine.sampling.live_runs import Voice
from loraloom_engine.sampling.sampling import Sampling

VOCABULARY = 1000
SEEN = [3, 5, 5, 999]
LOGITS = [
    *(torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(at)) * 4 for at in range(3)),
    torch.zeros(VOCABULARY),
    torch.arange(VOCABULARY) % 7.0,
]


def theirs(processor: LogitsProcessor, logits: torch.Tensor) -> torch.Tensor:
    return processor(torch.tensor([SEEN]), logits[None])[0]


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("penalty", [0.5, 1.0, 1.3, 10.0])
def test_the_repetition_penalty_is_transformers_own(logits, penalty):
    wanted = theirs(RepetitionPenaltyLogitsProcessor(penalty), logits)
    assert torch.equal(penalize(logits, torch.tensor(sorted(set(SEEN))), penalty), wanted)


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("count", [1, 2, 50, VOCABULARY, 5 * VOCABULARY])
def test_top_k_is_transformers_own(logits, count):
    assert torch.equal(keep_top_k(logits, count), theirs(TopKLogitsWarper(count), logits))


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95, 0.999])
def test_top_p_is_transformers_own(logits, share):
    assert torch.equal(keep_top_p(logits, share), theirs(TopPLogitsWarper(share), logits))


@pytest.mark.parametrize("logits", LOGITS)
@pytest.mark.parametrize("share", [0.01, 0.1, 0.9, 1.0])
def test_min_p_is_transformers_own(logits, share):
    assert torch.equal(keep_min_p(logits, share), theirs(MinPLogitsWarper(share), logits))


EVERY_WAY = {
    "temperature": {"temperature": 1.7},
    "top-k": {"temperature": 1.0, "top_k": 5},
    "top-p": {"temperature": 1.3, "top_p": 0.6},
    "min-p": {"temperature": 1.5, "min_p": 0.2},
    "top-k, top-p": {"temperature": 1.5, "top_k": 6, "top_p": 0.6},
    "top-p, min-p": {"temperature": 1.5, "top_p": 0.6, "min_p": 0.3},
    "penalty": {"temperature": 1.0, "repetition_penalty": 1.8},
    "penalty, greedy": {"temperature": 0.0, "repetition_penalty": 2.5},
    "all": {
        "temperature": 2.5,
        "top_k": 40,
        "top_p": 0.8,
        "min_p": 0.05,
        "repetition_penalty": 1.5,
    },
}


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY.keys())
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_answer_is_the_one_that_transformers_generates_under_the_seed(
    base, tiny_folder, way, seed
):
    prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    inputs = base.tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
    plain = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    # What generation takes from these is off unless it is said: transformers' top-k would be 50.
    settings = {"top_k": 0, "min_p": None, **way, "do_sample": way["temperature"] > 0}
    torch.manual_seed(seed)
    output = plain.generate(**inputs, max_new_tokens=40, **settings)[0]
    wanted = output[inputs["input_ids"].shape[1] :].tolist()
    if wanted[-1] in base.end_tokens:
        wanted.pop()
    assert tokens_of_answer(base, seed=seed, max_tokens=40, **way) == wanted


def tokens_of_answer(base: Base, **changes) -> list[int]:
    told: list[Token | Sampled] = []
    answers = Answers(lambda event, _: pytest.fail(str(event)))
    answers.add("q", Sampling(base, make_sample(logprobs=0, **changes), Voice(), told.append))
    while answers:
        answers.advance(base)
    return [entry.token_id for token in told[:-1] for entry in token.logprobs]


def test_equal_seeds_choose_alike_and_others_otherwise(base):
    one, again = (tokens_of_answer(base, temperature=1.5, seed=1) for _ in range(2))
    assert one == again
    assert len({tuple(tokens_of_answer(base, temperature=1.5, seed=at)) for at in range(5)}) > 1


def test_a_tiny_temperature_chooses_the_likeliest():
    logits = torch.log(torch.tensor([0.3, 0.5, 0.2])) * 1e4
    assert TokenChooser(make_sample(temperature=1e-6, seed=1), []).choose(logits) == 1


def test_chosen_tokens_count_as_seen():
    logits = torch.tensor([2.0, 1.9, 0.0])
    chooser = TokenChooser(make_sample(repetition_penalty=1.5), [])
    assert [chooser.choose(logits) for _ in range(2)] == [0, 1]


def test_where_nothing_is_penalized_no_token_is_remembered():
    """What a text has said would be gone through again for each token of it."""
    chooser = TokenChooser(make_sample(temperature=1.0, seed=1), list(range(1000)))
    with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as seen:
        for _ in range(3):
            chooser.choose(torch.zeros(4))
    largest = max(shape[0] for event in seen.events() for shape in event.input_shapes if shape)
    assert largest <= 4


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_logits_that_are_not_finite_are_refused(poison):
    with pytest.raises(EngineError) as caught:
        TokenChooser(make_sample(), []).choose(torch.tensor([1.0, poison]))
    assert caught.value.code == "non_finite_adapter"
