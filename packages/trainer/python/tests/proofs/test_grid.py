"""Proofs 1 and 2 on every cell: alone and beside others, a run is a plain PEFT loop.

Bases in float32, 4 and 8 bits, all computing in float32; the loops in float64, where they can be,
over the same weights. `npm run test:engine-grid` takes all cells, other test runs a cover of them
in which every two values meet.

8 bits have a measured bound of their own (``outcomes.py``): what goes into their layers is rounded,
and a value on an edge goes either way. Few of their cells meet one; the others are as near as in
float32.
"""

from grid_cells import CELLS, COVER, pairs
from outcomes import assert_within, bounds_on


def test_a_run_alone_equals_a_plain_peft_loop(grid, cell):
    assert_within(bounds_on(cell.quantization), grid.alone(cell), grid.plain(cell))


def test_a_run_that_joins_others_equals_it_too(grid, cell):
    bounds = bounds_on(cell.quantization)
    assert_within(bounds, grid.beside(cell), grid.plain(cell))
    assert_within(bounds, grid.beside(cell), grid.alone(cell))


def test_in_the_cover_every_two_values_meet_that_meet_in_any_cell():
    assert set().union(*map(pairs, COVER)) == set().union(*map(pairs, CELLS))
    assert len(COVER) < len(CELLS) / 6
