"""The VAE family: sizes, inverse shapes, what a plain autoencoder leaves out, and what a latent cell can see."""

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.models.build import build
from app.models.vae import VAE, VAEConfig, copy_outer_layers
from tests.checkpoints import awake

SMALL = (8, 8, 8, 8)


def small(f: int, c: int, kl_weight: float = 1e-4) -> VAE:
    return build(VAE, VAEConfig(f, c, kl_weight, widths=SMALL), make_generator(f, c)).eval()


@pytest.mark.parametrize("f", [2, 4, 8, 16])
@pytest.mark.parametrize("c", [1, 4, 16])
def test_the_latent_has_c_channels_and_sides_divided_by_f(f, c):
    vae, x = small(f, c), normal((2, 3, 32, 48), make_generator(0))
    mean, logvar = vae.encode(x)
    assert mean.shape == logvar.shape == (2, c, 32 // f, 48 // f)
    assert vae.decode(mean).shape == x.shape
    assert vae.config.reduction == pytest.approx(x.numel() / mean.numel())


def test_a_side_that_is_no_multiple_of_f_is_refused_in_words():
    with pytest.raises(BadRequest, match="36 x 32 pixels does not divide by f = 8"):
        small(8, 4).encode(torch.zeros(1, 3, 32, 36))


@pytest.mark.parametrize(("f", "c"), [(3, 4), (32, 4), (4, 0)])
def test_impossible_configs_are_refused(f, c):
    with pytest.raises(BadRequest):
        VAEConfig(f, c)


def test_too_few_widths_do_not_build_a_network_of_another_factor():
    with pytest.raises(BadRequest, match="f = 16 needs 4 widths"):
        VAEConfig(16, 4, widths=(8, 8))
    assert VAEConfig(4, 4, widths=(8, 8)).level_widths == (8, 8)


def test_a_plain_autoencoder_ignores_the_noise_and_a_vae_does_not():
    x, noise = normal((1, 3, 16, 16), make_generator(1)), normal((1, 4, 4, 4), make_generator(2))
    plain, variational = small(4, 4, kl_weight=0.0), small(4, 4)
    assert torch.equal(plain(x, noise).reconstruction, plain(x, -noise).reconstruction)
    assert not torch.equal(variational(x, noise).reconstruction, variational(x, -noise).reconstruction)


def test_a_plain_autoencoders_posterior_is_a_point():
    posterior = small(4, 4, kl_weight=0.0).encode(normal((1, 3, 16, 16), make_generator(1)))
    assert torch.exp(0.5 * posterior.logvar).max() < 1e-6


def test_decoding_is_local_and_covariant_with_shifts():
    """Fully convolutional: a latent moved by one cell decodes to the picture moved by f pixels, borders aside."""
    vae = awake(VAE, VAEConfig(4, 2, widths=SMALL), make_generator(4, 2))
    z = normal((1, 2, 32, 32), make_generator(3))
    with torch.no_grad():
        still, moved = vae.decode(z), vae.decode(z.roll(1, dims=-1))
    inside = slice(48, -48)
    size = still.abs().mean()
    assert (still.roll(4, dims=-1) - moved)[..., inside, inside].abs().max() < 1e-4 * size
    assert (still - moved)[..., inside, inside].abs().mean() > 0.1 * size


def test_equal_seeds_build_equal_networks_whatever_ran_before():
    first = small(4, 4).state_dict()
    with torch.random.fork_rng():
        torch.manual_seed(123)
        second = small(4, 4).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_residual_branches_start_as_the_identity():
    block = small(2, 4).encoder[2]
    x = normal((1, 8, 8, 8), make_generator(4))
    assert torch.equal(block(x), x)


def test_layers_near_the_picture_are_lent_to_a_vae_of_stronger_compression():
    """All but the innermost resolution: both networks then see and paint alike, as far as their layers are shared."""
    source, grown = (awake(VAE, VAEConfig(f, c, widths=SMALL), make_generator(f)) for f, c in ((4, 2), (8, 3)))
    inner = grown.encoder[5].state_dict() | grown.decoder[1].state_dict()
    kept = {name: weight.clone() for name, weight in inner.items()}
    assert copy_outer_layers(grown, source) == 4 + 6
    x, hidden = normal((1, 3, 16, 16), make_generator(1)), normal((1, 8, 4, 4), make_generator(2))
    assert torch.equal(grown.encoder[:5](x), source.encoder[:5](x))
    assert torch.equal(grown.decoder[-9:](hidden), source.decoder[-9:](hidden))
    assert all(torch.equal(kept[name], weight) for name, weight in inner.items())
    painted = grown.decode(normal((2, 3, 2, 2), make_generator(3)))
    assert torch.equal(painted[0], painted[1])  # what copied layers have never seen is not handed to them


@pytest.mark.parametrize("weights", [(1e-4, 1e-4), (0.0, 0.0), (1e-4, 0.0), (0.0, 1e-4)])
def test_more_channels_begin_as_the_vae_they_come_from(weights):
    source, grown = (
        awake(VAE, VAEConfig(4, c, weight, widths=SMALL), make_generator(c))
        for c, weight in zip((2, 5), weights, strict=True)
    )
    copy_outer_layers(grown, source)
    x = normal((2, 3, 16, 16), make_generator(1))
    mean, logvar = grown.encode(x)
    wanted = source.encode(x)
    assert torch.allclose(mean[:, :2], wanted.mean, atol=1e-6)
    assert torch.allclose(grown.decode(mean), source.decode(wanted.mean), atol=1e-5)
    if all(weights):
        assert torch.allclose(logvar[:, :2], wanted.logvar, atol=1e-6)


def test_fewer_channels_take_the_first_ones():
    source, small_one = (awake(VAE, VAEConfig(4, c, widths=SMALL), make_generator(c)) for c in (5, 2))
    copy_outer_layers(small_one, source)
    x = normal((2, 3, 16, 16), make_generator(1))
    mean = source.encode(x).mean
    assert torch.allclose(small_one.encode(x).mean, mean[:, :2], atol=1e-6)
    alone = torch.cat([mean[:, :2], torch.zeros_like(mean[:, 2:])], dim=1)
    assert torch.allclose(small_one.decode(mean[:, :2]), source.decode(alone), atol=1e-5)


def test_a_vae_of_other_widths_lends_nothing():
    other = build(VAE, VAEConfig(4, 2, widths=(4, 8)), make_generator(1))
    assert copy_outer_layers(small(4, 2), other) == 0
