"""What a run minimizes: from the summed log-probabilities of a step's texts to its loss.

Each objective is a sum of shares over the step's groups, so that it does not matter which of
them go through a pass together. The preference losses are those of TRL 1.16.
"""

import math

import torch
from torch.nn import functional

from loraloom_engine.lane.demand import Objective


def supervised(step_tokens: int) -> Objective:
    """The mean cross-entropy (nats) over all the trained tokens of the step.

    Divided by the tokens of the whole step: accumulation then gives what one large batch
    would, however unequal the examples are.
    """
    return lambda log_probs, _: -log_probs.sum() / step_tokens


def direct_preference(references: torch.Tensor, beta: float) -> Objective:
    """DPO, equation 7 of arXiv 2305.18290: the mean over a step's pairs of

        -log sigmoid(beta * ((chosen - its reference) - (rejected - its reference)))

    ``references`` [pairs, 2] are the starting state's log-probabilities of chosen and rejected.
    A group has two sums: chosen, rejected.
    """
    pairs = len(references)

    def loss(log_probs: torch.Tensor, first: int) -> torch.Tensor:
        policy = log_probs.view(-1, 2)
        ratios = policy - references[first : first + len(policy)].to(policy)
        return -functional.logsigmoid(beta * (ratios[:, 0] - ratios[:, 1])).sum() / pairs

    return loss


def odds_ratio(lengths: torch.Tensor, beta: float) -> Objective:
    """ORPO, equations 6 and 7 of arXiv 2403.07691: over a step's pairs, with the log-probabilities
    a token P of chosen and rejected,

        NLL of chosen - beta * mean(log sigmoid(log odds(P chosen) - log odds(P rejected)))

    The NLL is the mean over all tokens of the chosen texts, their prompts too, as in TRL; what
    the template puts after an answer's end is not learnt.
    A group has three sums: the prompt, chosen, rejected; ``lengths`` [pairs, 3] are their tokens.
    """
    pairs, nll_tokens = len(lengths), lengths[:, :2].sum().item()

    def loss(log_probs: torch.Tensor, first: int) -> torch.Tensor:
        sums = log_probs.view(-1, 3)
        means = (sums / lengths[first : first + len(sums)].to(sums))[:, 1:]
        log_odds = means - log_of_rest(means)
        preferred = functional.logsigmoid(log_odds[:, 0] - log_odds[:, 1])
        return -sums[:, :2].sum() / nll_tokens - beta * preferred.sum() / pairs

    return loss


def log_of_rest(log_probs: torch.Tensor) -> torch.Tensor:
    """log(1 - p) of log(p), precise near both ends (Mächler, "log1mexp")."""
    near_one = log_probs > -math.log(2)
    # Each branch only sees what it is precise for: the gradient of the other one may be NaN.
    close = torch.log(-torch.expm1(torch.where(near_one, log_probs, -1.0)))
    far = torch.log1p(-torch.exp(torch.where(near_one, -1.0, log_probs)))
    return torch.where(near_one, close, far)


def kahneman_tversky(
    references: torch.Tensor, baselines: torch.Tensor, signed_weights: torch.Tensor, beta: float
) -> Objective:
    """KTO, equation 7 of arXiv 2402.01306: the mean over a step's examples of

        weight * (1 - sigmoid(beta * ±(answer - its reference - baseline)))

    ``references`` and ``baselines`` [examples]; ``signed_weights`` [examples] are the weights of
    good answers, and the negative weights of bad ones. A group has one sum: the answer's.
    """
    examples = len(references)

    def loss(log_probs: torch.Tensor, first: int) -> torch.Tensor:
        here = slice(first, first + len(log_probs))
        weights = signed_weights[here].to(log_probs)
        gains = log_probs - (references[here] + baselines[here]).to(log_probs)
        values = 1 - torch.sigmoid(beta * weights.sign() * gains)
        return (weights.abs() * values).sum() / examples

    return loss
