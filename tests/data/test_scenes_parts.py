"""The small parts under the scenes: counter-based draws and the morphology of outlines."""

import numpy as np

from app.data.scenes.draws import GOLDEN, Draws, mix
from app.data.scenes.morphology import grow, reachable, shrink, without_thin_parts
from app.data.scenes.silhouettes import outline


def test_the_hash_is_splitmix64():
    """The first three outputs of the published generator started at 0."""
    states = np.arange(1, 4, dtype=np.uint64) * GOLDEN
    assert [hex(value) for value in mix(states).tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def test_draws_are_uniform_and_unrelated():
    draws = Draws(9, range(100_000))
    first, second = draws.uniform("first"), draws.uniform("second")
    for values in (first, second):
        counts = np.bincount((values * 64).astype(int), minlength=64)
        chi_square = ((counts - 100_000 / 64) ** 2 / (100_000 / 64)).sum()
        assert 30 < chi_square < 110  # 63 degrees of freedom
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.01
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.01
    assert abs(np.corrcoef(first, Draws(10, range(100_000)).uniform("first"))[0, 1]) < 0.01


def test_whole_numbers_reach_both_ends_and_not_beyond():
    draws = Draws(1, range(20_000))
    counts = np.tile([1, 3], 10_000)
    drawn = draws.integers("n", counts)
    assert set(drawn[::2]) == {0}
    assert set(drawn[1::2]) == {0, 1, 2}
    low, high = draws.between("x", -2, 5).min(), draws.between("x", -2, 5).max()
    assert -2 <= low < -1.99
    assert 4.99 < high < 5


def test_growing_and_shrinking_move_edges_by_the_radius():
    block = np.zeros((20, 30), bool)
    block[8:12, 10:16] = True
    grown = np.zeros_like(block)
    grown[5:15, 7:19] = True
    assert (grow(block, 3) == grown).all()
    assert (shrink(grown, 3) == block).all()
    assert (grow(block, 0) == block).all()


def test_thin_parts_go_and_thick_ones_stay():
    block = np.zeros((20, 30), bool)
    block[5:15, 5:15] = True
    spoke = block.copy()
    spoke[9:11, 15:28] = True
    assert (without_thin_parts(spoke, 1) == block).all()


def test_a_walk_finds_its_way_through_a_spiral_and_not_through_walls():
    spiral = np.array(
        [
            [c == "." for c in row]
            for row in [".......", "######.", ".....#.", ".###.#.", ".#...#.", ".#####.", "......."]
        ]
    )
    assert (reachable(spiral, 0, 0) == spiral).all()
    spiral[6, 3] = False
    assert reachable(spiral, 0, 0).sum() == 7 + 5 + 3  # the top, the right and the bottom up to the new wall
    assert not reachable(spiral, 1, 0).any()


def test_a_cup_has_a_hole_in_its_handle_and_a_skull_has_eyes():
    cup = outline("cup").solid
    outside = reachable(~np.pad(cup, 1), 0, 0)[1:-1, 1:-1]
    hole = ~cup & ~outside
    assert hole.sum() > 100
    assert np.argwhere(hole)[:, 1].min() > 0.7 * cup.shape[1]
    assert outline("skull").ink.any()
    assert not outline("heart").ink.any()
