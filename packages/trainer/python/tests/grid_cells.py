"""The cells of the grid: every way to train that the proofs have to hold for, and a small cover."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from itertools import combinations, product
from typing import Any

# Room for two or three of the tests' examples.
PACKED_LENGTH = 40
TARGETS = {"all": "all-linear", "attention": ["q_proj", "v_proj"]}


@dataclass(frozen=True)
class Cell:
    """One way to train a run. ``quantization`` is the base's; it computes in float32."""

    quantization: str
    rank: int
    targets: str
    accumulation: int
    method: str
    packing: bool

    def __str__(self) -> str:
        packed = " packed" if self.packing else ""
        shape = f"{self.quantization} r{self.rank} {self.targets}"
        return f"{self.method} {shape} x{self.accumulation}{packed}"

    @property
    def is_defined(self) -> bool:
        """Pairs and judged answers are not packed."""
        return self.method == "sft" or not self.packing

    @property
    def config(self) -> dict[str, Any]:
        """What differs from the tests' usual hyperparameters."""
        return {
            "method": self.method,
            "rank": self.rank,
            "target_modules": TARGETS[self.targets],
            "gradient_accumulation": self.accumulation,
            "packed_length": PACKED_LENGTH if self.packing else None,
        }


def pairwise(cells: Iterable[Cell]) -> list[Cell]:
    """Few cells in which every two values that meet in any cell meet in one; chosen greedily."""
    cells = list(cells)
    missing = {pair for cell in cells for pair in pairs(cell)}
    cover = []
    while missing:
        best = max(cells, key=lambda cell: len(pairs(cell) & missing))
        cover.append(best)
        missing -= pairs(best)
    return cover


def pairs(cell: Cell) -> set[tuple[Any, ...]]:
    return set(combinations(enumerate(astuple(cell)), 2))


METHODS = ("sft", "dpo", "kto", "orpo")
EVERY = product(("none", "4bit", "8bit"), (2, 5), TARGETS, (1, 3), METHODS, (False, True))
CELLS = [cell for cell in (Cell(*values) for values in EVERY) if cell.is_defined]
COVER = pairwise(CELLS)
# One of each method, on every kind of base.
KILLED = [
    next(cell for cell in COVER if (cell.method, cell.quantization) == pair)
    for pair in (("kto", "4bit"), ("sft", "8bit"), ("dpo", "none"), ("orpo", "4bit"))
]
