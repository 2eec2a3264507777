"""Choosing the next token from logits: temperature, top-p, a generator of its own."""

import torch


class TokenChooser:
    """``temperature`` 0 is greedy. Equal seeds give equal choices."""

    def __init__(self, temperature: float, top_p: float, seed: int | None) -> None:
        self._temperature = temperature
        self._top_p = top_p
        self._generator = torch.Generator()
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)

    def choose(self, logits: torch.Tensor) -> int:
        """``logits``: [vocabulary], any device and dtype."""
        logits = logits.float().cpu()
        if self._temperature == 0:
            return int(logits.argmax())
        # Shifted first: a tiny temperature would make plain logits overflow.
        probabilities = torch.softmax((logits - logits.max()) / self._temperature, dim=-1)
        kept = self._nucleus(probabilities)
        return int(torch.multinomial(kept, 1, generator=self._generator))

    def _nucleus(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Zero all but the most likely tokens that together reach ``top_p``."""
        if self._top_p >= 1:
            return probabilities
        ordered, tokens = probabilities.sort(descending=True)
        before = ordered.cumsum(0) - ordered
        dropped = tokens[before >= self._top_p]
        # top_p 0 would drop even the first
        return probabilities.index_fill(0, dropped[dropped != tokens[0]], 0.0)
