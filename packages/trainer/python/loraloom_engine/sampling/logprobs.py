"""The log-probabilities of chosen tokens, kept until the text that came of them is shown."""

import torch
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from loraloom_engine.protocol.events import Alternative, TokenLogprob


class Logprobs:
    """Of each chosen token and of its ``alternatives`` likeliest, in nats.

    They are those of the model's own distribution, of logits before penalty, temperature and
    filters: what the model thinks of a token does not depend on how it was chosen.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, alternatives: int) -> None:
        self._tokenizer = tokenizer
        self._alternatives = alternatives
        self._waiting: list[tuple[int, TokenLogprob]] = []

    def note(self, logits: torch.Tensor, token: int, start: int) -> None:
        """``start``: the place, in characters of the answer, where the token's text begins."""
        values = logits.log_softmax(dim=-1)
        top = values.topk(min(self._alternatives, len(values))).indices.tolist()
        chosen = self._of(values, token)
        alternatives = [self._of(values, other) for other in top]
        entry = TokenLogprob(chosen.token_id, chosen.text, chosen.logprob, alternatives)
        self._waiting.append((start, entry))

    def take_until(self, end: int) -> list[TokenLogprob]:
        """Those of tokens whose text begins before this place."""
        taken = [entry for start, entry in self._waiting if start < end]
        self._waiting = self._waiting[len(taken) :]
        return taken

    def take_all(self) -> list[TokenLogprob]:
        taken, self._waiting = [entry for _, entry in self._waiting], []
        return taken

    def _of(self, values: torch.Tensor, token: int) -> Alternative:
        text = self._tokenizer.decode([token], clean_up_tokenization_spaces=False)
        return Alternative(token, text, values[token].item())
