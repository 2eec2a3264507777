"""Log-probabilities of chosen tokens, with logits for a few positions at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.utils.checkpoint import checkpoint

# Positions whose logits are held at once: 50 MB in float32 with a vocabulary of 50,000.
CHUNK = 256


class Head:
    """From hidden states to logits, as the model's own last lines do it."""

    def __init__(self, model: nn.Module) -> None:
        config = model.config.get_text_config()
        self._output = model.get_output_embeddings()
        self._softcap = getattr(config, "final_logit_softcapping", None)
        # A chunk takes as long as some layers: others may have a turn after each.
        self.between_chunks: Callable[[], None] = lambda: None

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """[positions, size] to [positions, vocabulary], float32 or float64."""
        logits = self._output(hidden)
        if self._softcap is not None:
            logits = torch.tanh(logits / self._softcap) * self._softcap
        return logits if logits.dtype == torch.float64 else logits.float()

    def log_probs(self, hidden: torch.Tensor, targets: "Targets") -> torch.Tensor:
        """The log-probability (nats) of each target [positions] after its hidden state."""
        if not self._output.weight.requires_grad:
            return TokenLogProbs.apply(hidden, targets, self)
        chunks = zip(hidden.split(CHUNK), targets.chunks, strict=True)
        return torch.cat([self._computed_twice(states, *wanted) for states, wanted in chunks])

    def _computed_twice(
        self, states: torch.Tensor, wanted: torch.Tensor, temperatures: torch.Tensor | None
    ) -> torch.Tensor:
        """Where the output layer learns too: what backward makes of it can't be told before."""

        def chosen(states: torch.Tensor) -> torch.Tensor:
            return choose(cooled(self.logits(states), temperatures), wanted)

        computed = checkpoint(chosen, states, use_reentrant=False, preserve_rng_state=False)
        self.between_chunks()
        return computed

    @torch.no_grad()
    def judge(self, hidden: torch.Tensor, targets: "Targets") -> tuple[torch.Tensor, torch.Tensor]:
        """The same log-probabilities, and whether each target was the likeliest token."""
        log_probs, right = [], []
        for states, (wanted, temperatures) in zip(hidden.split(CHUNK), targets.chunks, strict=True):
            logits = cooled(self.logits(states), temperatures)
            log_probs.append(choose(logits, wanted))
            right.append(logits.argmax(-1) == wanted)
        return torch.cat(log_probs), torch.cat(right)


@dataclass(frozen=True)
class Targets:
    """Tokens [positions] whose log-probabilities are wanted.

    ``temperatures`` [positions, 1] are what their logits are divided by; None for 1 everywhere.
    """

    ids: torch.Tensor
    temperatures: torch.Tensor | None = None

    @property
    def chunks(self) -> list[tuple[torch.Tensor, torch.Tensor | None]]:
        ids = self.ids.split(CHUNK)
        if self.temperatures is None:
            return [(some, None) for some in ids]
        return list(zip(ids, self.temperatures.split(CHUNK), strict=True))


class TokenLogProbs(torch.autograd.Function):
    """Keeps one gradient vector a position instead of the logits.

    A position's log-probability depends on its own hidden state alone, so its gradient, taken
    at once, only has to be scaled when backward says how much it counts.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, hidden: torch.Tensor, targets: Targets, head: Head
    ) -> torch.Tensor:
        needed = ctx.needs_input_grad[0]
        values, slopes = [], []
        for states, (wanted, temperatures) in zip(hidden.split(CHUNK), targets.chunks, strict=True):
            with torch.set_grad_enabled(needed):
                states = states.detach().requires_grad_(needed)
                logits = head.logits(states)
            log_probs = cooled(logits.detach(), temperatures).log_softmax(dim=-1)
            values.append(log_probs.gather(-1, wanted[:, None])[:, 0])
            if needed:
                descent = away_from(log_probs, wanted, temperatures)
                slopes.append(torch.autograd.grad(logits, states, descent)[0].neg_())
            head.between_chunks()
        ctx.save_for_backward(*([torch.cat(slopes)] if needed else []))
        return torch.cat(values)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (slopes,) = ctx.saved_tensors
        return slopes * gradient[:, None].to(slopes.dtype), None, None


def away_from(
    log_probs: torch.Tensor, targets: torch.Tensor, temperatures: torch.Tensor | None
) -> torch.Tensor:
    """The gradient of ``-log_probs[targets]`` at the logits, in the memory of ``log_probs``.

    Cross-entropy's own backward takes twice as much again [positions, vocabulary].
    """
    probabilities = log_probs.exp_()
    places = torch.arange(len(targets), device=targets.device)
    probabilities[places, targets] -= 1
    return cooled(probabilities, temperatures)


def cooled(logits: torch.Tensor, temperatures: torch.Tensor | None) -> torch.Tensor:
    return logits if temperatures is None else logits / temperatures.to(logits)


def choose(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return -nn.functional.cross_entropy(logits, targets, reduction="none")
