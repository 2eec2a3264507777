"""Proofs 1 and 2 on every cell: alone and beside others, a run is a plain PEFT loop.

Bases: float32, 4-bit, 8-bit, all computing in float32. `npm run test:engine-grid` takes all cells,
other test runs a cover of them in which every two values meet.
"""

from outcomes import FLOAT32, assert_within


def test_a_run_alone_equals_a_plain_peft_loop(grid, cell):
    assert_within(FLOAT32, grid.alone(cell), grid.plain(cell))


def test_a_run_that_joins_others_equals_it_too(grid, cell):
    assert_within(FLOAT32, grid.beside(cell), grid.plain(cell))
    assert_within(FLOAT32, grid.beside(cell), grid.alone(cell))
