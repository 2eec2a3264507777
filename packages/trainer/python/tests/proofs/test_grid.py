"""Proofs 1 and 2 on every cell: alone and beside others, a run is a plain PEFT loop.

Bases in float32, 4 and 8 bits, all computing in float32; the loops in float64, where they can be,
over the same weights. `npm run test:engine-grid` takes all cells, other test runs a cover of them
in which every two values meet.

8 bits have a bound of their own. Their layers round what goes into them to one of 255 values. What
lies on an edge goes either way: a plain loop comes out up to 5.2e-3 in weights and 2.1e-3 in
losses away from itself when the embeddings change in their last bits. Of 32 cells one meets an
edge (4.8e-4, 2.1e-3), the others are as near as in float32. The engine beside others and alone
rounds alike.
"""

from grid_cells import CELLS, COVER, pairs
from outcomes import FLOAT32, Bounds, assert_within

TO_PLAIN = {"none": FLOAT32, "4bit": FLOAT32, "8bit": Bounds(weights=1e-2, losses=5e-3)}


def test_a_run_alone_equals_a_plain_peft_loop(grid, cell):
    assert_within(TO_PLAIN[cell.quantization], grid.alone(cell), grid.plain(cell))


def test_a_run_that_joins_others_equals_it_too(grid, cell):
    assert_within(TO_PLAIN[cell.quantization], grid.beside(cell), grid.plain(cell))
    assert_within(FLOAT32, grid.beside(cell), grid.alone(cell))


def test_in_the_cover_every_two_values_meet_that_meet_in_any_cell():
    assert set().union(*map(pairs, COVER)) == set().union(*map(pairs, CELLS))
    assert len(COVER) < len(CELLS) / 6
