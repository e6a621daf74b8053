"""The Prompt labs on a picture: strength, and a painted mask; and combinations that were never seen."""

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import picture_noise
from app.data.scenes import HELD_OUT, parse_caption
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import Prediction, add_noise
from app.evaluation.sampling import caption_denoiser
from app.labs.gallery import NAMES, gallery_picture
from app.labs.generate import GenerateRequest, generate
from app.labs.prompt_edit import (
    InpaintRequest,
    StrengthRequest,
    as_sample,
    block,
    from_picture,
    inpaint,
    keeping,
    mask_of_text,
    text_of_mask,
)
from app.labs.prompt_unseen import UnseenRequest, matched_scenes, unseen, unseen_steps
from app.store.catalogue import LoadedDenoiser, open_catalogue
from tests.checkpoints import RUNTIME, make_zoo

CAPTION = "a small striped red star at the top left on a blue background"
PICTURE = gallery_picture(NAMES[1])
CORNER = tuple(tuple(x >= 12 and y >= 12 for x in range(16)) for y in range(16))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    catalogue = open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)
    return catalogue.denoiser("generator"), catalogue.judge()


def ask(**settings):
    return GenerateRequest(**({"caption": CAPTION, "seed": 3, "steps": 4} | settings))


def decoded(model: LoadedDenoiser, x):
    with torch.inference_mode():
        return model.vae.network.decode(model.vae.scale.restore(x))


def test_what_is_diffused_is_the_mean_of_the_pictures_latent(models):
    with torch.inference_mode():
        x = as_sample(models[0], PICTURE, RUNTIME)
    result = from_picture(*models, PICTURE, StrengthRequest(ask(), (0.5,)), RUNTIME)
    assert x.shape == (1, 4, 16, 16)
    torch.testing.assert_close(result.before, decoded(models[0], x), rtol=0, atol=1e-4)
    other = as_sample(models[0], PICTURE.resize((200, 130)), RUNTIME)
    assert other.shape == x.shape


def test_full_strength_is_a_generation_that_hardly_saw_the_picture(models):
    """At T only 2e-9 of the picture's power is left, so the run is that of the seed's noise."""
    result = from_picture(*models, PICTURE, StrengthRequest(ask(), (0.25, 1.0)), RUNTIME)
    torch.testing.assert_close(result.pictures[1:], generate(models[0], ask(), RUNTIME).picture, rtol=0, atol=2e-2)
    assert result.levels == (250, 1000)
    assert result.moved[0] < result.moved[1]
    assert result.moved[0] > 0


def test_a_weak_run_starts_from_the_noised_picture(models):
    """Strength 0.25 of 4 steps is one step of DDIM from level 250: its end is the expected clean latent."""
    model, schedule = models[0], SCHEDULES["cosine"]()
    with torch.inference_mode():
        start = add_noise(as_sample(model, PICTURE, RUNTIME), picture_noise((4, 16, 16), [3]), schedule.alpha_bar[250])
        expected = caption_denoiser(model, [CAPTION], ask().options, RUNTIME)(start, 250).x0
    result = from_picture(*models, PICTURE, StrengthRequest(ask(), (0.25,)), RUNTIME)
    torch.testing.assert_close(result.pictures, decoded(model, expected), rtol=0, atol=1e-4)


def test_outside_the_mask_the_latent_stays_exactly_and_inside_it_is_new(models):
    result = inpaint(*models, PICTURE, InpaintRequest(ask(), CORNER), RUNTIME)
    difference = (result.x - result.x0).abs().sum(1)[0]
    assert difference[~result.mask].max() == 0
    assert difference[result.mask].min() > 0
    assert result.painted.shape == (64, 64)
    assert result.painted.sum() == 16 * 16
    assert result.change[result.painted].mean() > result.change[:8, :8].mean()
    torch.testing.assert_close(result.after, decoded(models[0], result.x), rtol=0, atol=1e-4)


def test_outside_the_mask_the_denoiser_is_shown_and_answers_the_truth():
    """Its x is the clean latent at the level asked for, and so are x0 and noise of its answer (eq. 8 of RePaint)."""
    schedule, shape = SCHEDULES["cosine"](), (1, 4, 16, 16)
    x0, noise, x = (picture_noise(shape[1:], [seed]) for seed in (1, 2, 3))
    seen = []

    def denoise(asked, t):
        seen.append(asked)
        return Prediction(torch.zeros(shape), torch.ones(shape))

    mask = torch.tensor(CORNER)
    answer = keeping(denoise, x0, noise, mask, schedule)(x, 300)
    truth = add_noise(x0, noise, schedule.alpha_bar[300])
    assert torch.equal(seen[0], torch.where(mask, x, truth))
    for found, inside, outside in ((answer.x0, 0.0, x0), (answer.eps, 1.0, noise)):
        assert torch.equal(found, torch.where(mask, torch.full(shape, inside), outside))


def test_inside_the_mask_depends_on_the_picture_around_it(models):
    one = inpaint(*models, PICTURE, InpaintRequest(ask(), CORNER), RUNTIME)
    two = inpaint(*models, gallery_picture(NAMES[3]), InpaintRequest(ask(), CORNER), RUNTIME)
    assert (one.x - two.x)[..., one.mask].abs().max() > 1e-3


def test_with_everything_painted_it_is_a_plain_generation(models):
    result = inpaint(*models, PICTURE, InpaintRequest(ask(), ((True,) * 16,) * 16), RUNTIME)
    torch.testing.assert_close(result.after, generate(models[0], ask(), RUNTIME).picture, rtol=0, atol=1e-4)


@pytest.mark.parametrize("side", [3, 4, 16])
def test_masks_travel_as_text(side):
    mask = block(side, range(1, 3), range(2))
    assert mask_of_text(text_of_mask(mask), side) == mask
    assert sum(map(sum, mask)) == 4
    assert mask_of_text("8" + "0" * 63, 16)[0][:2] == (True, False)


@pytest.mark.parametrize("text", ["", "ff", "0" * 65, "g" * 64, "F" * 64, "<b>" + "0" * 61, "0x" + "0" * 62, "٠" * 64])
def test_texts_that_are_no_mask_get_one_sentence(text):
    with pytest.raises(BadRequest, match="no mask of 16 x 16"):
        mask_of_text(text, 16)


@pytest.mark.parametrize("side", [1, 8, 15, 64])
def test_a_mask_of_another_size_gets_one_sentence(models, side):
    with pytest.raises(BadRequest, match="the latent has 16 x 16"):
        inpaint(*models, PICTURE, InpaintRequest(ask(), ((True,) * side,) * side), RUNTIME)


@pytest.mark.parametrize("mask", [(), ((),), ((True,), (True, False)), ((False,) * 16,) * 16])
def test_masks_that_are_none_are_refused(mask):
    with pytest.raises(BadRequest):
        InpaintRequest(ask(), mask)


@pytest.mark.parametrize("strengths", [(), (0.0,), (1.1,), (float("nan"),), (0.5,) * 13])
def test_strengths_out_of_range_are_refused(strengths):
    with pytest.raises(BadRequest):
        StrengthRequest(ask(), strengths)
    with pytest.raises(BadRequest):
        StrengthRequest(ask(sampler="heun"))


def test_unseen_scenes_are_held_out_and_their_twins_differ_in_colour_alone():
    pairs = matched_scenes(40)
    assert len(pairs) == 40
    for held_out, seen in pairs:
        (thing,), (twin,) = held_out.things, seen.things
        assert HELD_OUT[thing.kind] == thing.colour != twin.colour
        assert HELD_OUT[twin.kind] != twin.colour
        assert twin.colour != seen.background
        assert (thing.kind, thing.size, thing.texture) == (twin.kind, twin.size, twin.texture)
        assert (held_out.place, held_out.background) == (seen.place, seen.background)


def test_both_halves_are_graded_by_the_judge(models):
    request = UnseenRequest(pairs=9, steps=2)
    shares = list(unseen_steps(*models, request, RUNTIME))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) == 4
    result = unseen(*models, request, RUNTIME)
    for arm in (result.unseen, result.seen):
        assert len(arm.captions) == len(arm.pictures) == len(arm.marks) == 9
        assert all(parse_caption(caption) is not None for caption in arm.captions)
        right = {name: [m.right for given in arm.marks for m in given if m.name == name] for name in arm.rates}
        for name in ("kind", "colour", "place"):
            assert arm.rates[name].rate == pytest.approx(sum(right[name]) / 9, abs=1e-4)
        assert arm.bound == tuple(k and c for k, c in zip(right["kind"], right["colour"], strict=True))
        assert result.bound(arm).n == 9
    alone = generate(models[0], ask(caption=result.unseen.captions[8], seed=8, steps=2), RUNTIME).picture
    torch.testing.assert_close(result.unseen.pictures[8:], alone, rtol=0, atol=1e-4)
    assert result.only[0] - result.only[1] == sum(result.seen.bound) - sum(result.unseen.bound)


@pytest.mark.parametrize("bad", [{"pairs": 0}, {"pairs": 101}, {"steps": 0}, {"guidance": float("nan")}, {"seed": -1}])
def test_unseen_requests_out_of_range_are_refused(bad):
    with pytest.raises(BadRequest):
        UnseenRequest(**bad)
