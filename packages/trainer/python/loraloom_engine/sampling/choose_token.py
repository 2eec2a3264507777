"""Choosing the next token from logits, as transformers' generation does it.

The same steps in the same order: repetition penalty, temperature, top-k, top-p, min-p, then one
draw from a generator of the answer's own.
"""

from typing import Protocol

import torch

from loraloom_engine.errors import EngineError


class ChoiceSettings(Protocol):
    """How tokens are chosen; a request to sample says all of it."""

    temperature: float
    top_p: float
    top_k: int | None
    min_p: float
    repetition_penalty: float
    seed: int | None


class TokenChooser:
    """Chooses the tokens of one answer. ``temperature`` 0 is greedy; equal seeds, equal choices.

    The repetition penalty counts the tokens of the prompt too.
    """

    def __init__(self, request: ChoiceSettings, prompt: list[int]) -> None:
        self._request = request
        self._seen = set(prompt) if request.repetition_penalty != 1 else None
        self._generator = torch.Generator()
        if request.seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(request.seed)

    def choose(self, logits: torch.Tensor) -> int:
        """``logits``: [vocabulary], float32, on the CPU. Raises ``non_finite_adapter``."""
        if not logits.isfinite().all():
            raise EngineError("non_finite_adapter", "What the model says next is not finite.")
        if self._seen is None:
            return self._draw(logits)
        seen = torch.tensor(list(self._seen), dtype=torch.long)
        token = self._draw(penalize(logits, seen, self._request.repetition_penalty))
        self._seen.add(token)
        return token

    def _draw(self, logits: torch.Tensor) -> int:
        temperature = self._request.temperature
        if temperature == 0:
            return int(logits.argmax())
        # Shifted first: a tiny temperature would make plain logits overflow.
        scores = self._filtered((logits - logits.max()) / temperature)
        return int(torch.multinomial(scores.softmax(dim=-1), 1, generator=self._generator))

    def _filtered(self, scores: torch.Tensor) -> torch.Tensor:
        request = self._request
        if request.top_k is not None:
            scores = keep_top_k(scores, request.top_k)
        if request.top_p < 1:
            scores = keep_top_p(scores, request.top_p)
        if request.min_p > 0:
            scores = keep_min_p(scores, request.min_p)
        return scores


def penalize(logits: torch.Tensor, seen: torch.Tensor, penalty: float) -> torch.Tensor:
    """Lower the logits of the tokens ``seen`` (Keskar et al. 2019, arXiv:1909.05858)."""
    before = logits[seen]
    after = torch.where(before < 0, before * penalty, before / penalty)
    return logits.index_copy(0, seen, after)


def keep_top_k(scores: torch.Tensor, count: int) -> torch.Tensor:
    """Leave the ``count`` highest, and those that equal the last of them."""
    lowest = scores.topk(min(count, len(scores))).values[-1]
    return without(scores, scores < lowest)


def keep_top_p(scores: torch.Tensor, share: float) -> torch.Tensor:
    """Leave the fewest likely tokens that together reach ``share``; one at least."""
    ordered, tokens = scores.sort()
    unlikely = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - share
    unlikely[-1] = False
    return without(scores, torch.zeros_like(unlikely).index_copy(0, tokens, unlikely))


def keep_min_p(scores: torch.Tensor, share: float) -> torch.Tensor:
    """Leave those at least ``share`` times as likely as the likeliest (arXiv:2407.01082)."""
    probabilities = scores.softmax(dim=-1)
    return without(scores, probabilities < share * probabilities.max())


def without(scores: torch.Tensor, dropped: torch.Tensor) -> torch.Tensor:
    return scores.masked_fill(dropped, float("-inf"))
