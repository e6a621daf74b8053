"""The vectors that tell positions apart."""

import pytest
import torch

from app.models.build import plane_waves


@pytest.mark.parametrize("side", [4, 8, 16])
def test_places_have_unit_power_and_no_two_are_alike(side):
    waves = plane_waves(side, 64)
    assert waves.shape == (side * side, 64)
    assert waves.square().mean(dim=1).tolist() == pytest.approx([1.0] * side * side, abs=1e-4)
    distances = torch.cdist(waves, waves) + 100 * torch.eye(side * side)
    assert distances.min() > 1.0


def test_rows_share_their_x_part_and_columns_their_y_part():
    x_part, y_part = plane_waves(8, 32).unflatten(0, (8, 8)).chunk(2, dim=-1)
    assert torch.equal(x_part[0], x_part[5])
    assert torch.equal(y_part[:, 0], y_part[:, 5])
    assert not torch.allclose(x_part[:, 0], x_part[:, 5])


def test_near_places_are_more_alike_than_far_ones():
    """The slowest wave alone tells left from right: nothing has to be decoded from fast ones."""
    row = plane_waves(8, 64)[:8]
    near, far = (row[0] - row[1]).norm(), (row[0] - row[7]).norm()
    assert near < far
