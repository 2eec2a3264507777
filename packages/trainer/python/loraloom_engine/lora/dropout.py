"""Dropout whose mask depends on nothing but the run, the step, the example and the place.

A generator that is drawn from in turn would make a run's masks depend on how its examples
were laid out and on who else was in the pass. Here each element's fate is a hash of
(seed, step, example, position, layer, feature): a counter-based generator.
"""

import hashlib

import torch

# The multipliers of a 32-bit integer hash with low bias (Wellons, "hash-prospector").
FIRST, SECOND = 0x7FEB352D, 0x846CA68B - 2**32
GOLDEN = 0x9E3779B9 - 2**32


def noise_key(*parts: int | str) -> int:
    """A 31-bit key of anything that tells one mask from another."""
    digest = hashlib.sha256(":".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


def place_keys(key: int, positions: torch.Tensor) -> torch.Tensor:
    """One int32 key for each position of an example, [tokens]."""
    return mix((positions.to(torch.int32) + key) * GOLDEN)


def keep_mask(places: torch.Tensor, layer: int, features: int, dropout: float) -> torch.Tensor:
    """Which elements stay: boolean [tokens, features], each True with chance 1 - dropout.

    ``places`` are the tokens' keys, ``layer`` the layer's own key.
    """
    columns = torch.arange(features, dtype=torch.int32, device=places.device) * GOLDEN
    hashed = mix((places ^ layer)[:, None] + columns)
    return hashed >= round(dropout * 2**32) - 2**31


def mix(values: torch.Tensor) -> torch.Tensor:
    """Spread int32 values evenly over all of int32, in place."""
    values ^= values >> 16
    values *= FIRST
    values ^= values >> 15
    values *= SECOND
    values ^= values >> 16
    return values
