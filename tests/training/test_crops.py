"""Detail crops: they are true cut-outs, they prefer detail, and they depend on the generator alone."""

import torch

from app.core.randomness import make_generator, normal
from app.training.crops import detail_crops, variation


def test_a_crop_is_a_cut_out_of_its_own_picture():
    pictures = normal((6, 3, 32, 32), make_generator(0))
    for picture, crop in zip(pictures, detail_crops(pictures, 16, make_generator(1)), strict=True):
        windows = picture.unfold(1, 16, 4).unfold(2, 16, 4)
        assert (windows.permute(1, 2, 0, 3, 4) == crop).flatten(2).all(-1).any()


def test_crops_go_where_the_detail_is():
    pictures = torch.zeros(400, 3, 64, 64)
    pictures[:, :, :16, :16] = normal((400, 3, 16, 16), make_generator(0))
    crops = detail_crops(pictures, 16, make_generator(1))
    share_with_detail = (crops.flatten(1).abs().sum(1) > 0).float().mean().item()
    assert 0.85 < share_with_detail < 0.97  # without a preference 0.09; the floor leaves a tenth to the flat parts


def test_a_flat_picture_is_cut_anywhere():
    crops = detail_crops(torch.full((4, 3, 32, 32), 0.3), 16, make_generator(0))
    assert torch.equal(crops, torch.full((4, 3, 16, 16), 0.3))


def test_equal_generators_cut_equally():
    pictures = normal((8, 3, 32, 32), make_generator(0))
    one, two, other = (detail_crops(pictures, 16, make_generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_variation_of_a_ramp_is_its_slope():
    ramp = torch.arange(8.0).expand(1, 3, 8, 8)
    assert torch.equal(variation(ramp)[..., :-1], torch.ones(1, 1, 8, 7))
