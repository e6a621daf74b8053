"""What experiments measure, where the answer is known."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from app.core.errors import BadCheckpoint
from app.core.randomness import make_generator, normal
from app.data import open_dataset
from app.data.scenes import LABEL_COLUMNS
from app.evaluation.claims import (
    denoising,
    posterior,
)
from app.evaluation.claims.balance import kl_bits
from app.evaluation.claims.blueprint import settled
from app.evaluation.claims.codecs import (
    STEPS,
    Coded,
    code_latents,
    code_picture_file,
    find_components,
    finest_within,
    packed,
)
from app.evaluation.claims.decoding import matching_side
from app.evaluation.claims.denoising import correlations, step_checks
from app.evaluation.claims.detail import coarse_part, composition_of
from app.evaluation.claims.material import (
    ATTRIBUTES,
    COLUMNS,
    bands,
    graded,
    held_out,
    kept,
    moved_on,
    one_thing,
    rebuilt,
)
from app.evaluation.claims.posterior import follow_gradients, spread_of_draws
from app.evaluation.claims.regularity import PUSHES, TRIALS, moved_by
from app.evaluation.claims.structure import latents_as_pictures, watching
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import conclude
from app.evaluation.rates import wilson
from app.evaluation.reconstruction import psnr
from app.models.posterior import Posterior
from tests.checkpoints import RUNTIME


def test_captions_of_the_material_ask_for_everything_and_grades_count_each_attribute():
    scenes = one_thing(5)
    assert scenes.labels[:, list(COLUMNS.values())].min() >= 0
    assert len(scenes.captions) == len(scenes.pictures) == 5
    assert moved_on(["a", "b", "c"]) == ["b", "c", "a"]
    read = scenes.labels.copy()
    assert graded(scenes.labels, read).tolist() == [1.0] * 5
    read[0, LABEL_COLUMNS.index("texture_a")] = -1
    read[0, LABEL_COLUMNS.index("layout")] = 2  # not one of the six
    assert graded(scenes.labels, read)[0] == pytest.approx(5 / 6)


def test_bands_and_what_copies_keep():
    x = held_out("scenes", 3)
    coarse, fine = kept(x, x)
    assert (coarse.min(), fine.min()) == (1, 1)
    coarse, fine = kept(x, coarse_part(x))
    assert coarse == pytest.approx(np.ones(3), abs=1e-5)
    assert fine == pytest.approx(np.zeros(3), abs=1e-5)
    assert bands(coarse_part(x))[1] == pytest.approx(np.zeros(3), abs=1e-9)


def test_a_reading_is_settled_at_the_first_step_from_which_it_stays():
    readings = np.zeros((5, 1, len(LABEL_COLUMNS)), np.int64)
    readings[:, 0, COLUMNS["place"]] = [3, 1, 3, 3, 3]
    readings[:, 0, COLUMNS["kind"]] = [1, 2, 3, 4, 5]
    steps = dict(zip(ATTRIBUTES, settled(readings)[0], strict=True))
    assert (steps["background"], steps["place"], steps["kind"]) == (1, 3, 5)


def test_the_finest_coding_within_a_budget_is_found():
    def code(setting):
        return Coded(float(setting), torch.zeros(1, 3, 4, 4))

    assert [finest_within(b, range(3, 50), code).size for b in (3, 17.5, 49, 1000, 1)] == [3, 17, 49, 49, 3]


def test_codecs_return_the_pictures_in_their_order_and_finer_costs_more():
    x = held_out("scenes", 11)  # not a whole number of rows
    for kind in ("JPEG", "WebP"):
        poor, good = (code_picture_file(x, kind, quality) for quality in (10, 95))
        assert good.size > poor.size > 0
        assert psnr(x, good.pictures).min() > 26
        assert psnr(x, good.pictures).mean() > psnr(x, poor.pictures).mean() + 5
    full = code_picture_file(x, "JPEG", 95, halved=False)
    halved = code_picture_file(x, "JPEG", 95)
    assert full.size > halved.size
    assert psnr(x, full.pictures).mean() > psnr(x, halved.pictures).mean() + 1  # coloured scenes need their colours
    (every,) = find_components(4, [48])
    fine = every.code(x, STEPS[-1])
    assert psnr(x, fine.pictures).min() > 40  # all directions, small steps: nothing is lost
    assert every.code(x, 1.0).size < fine.size
    assert sum(STEPS[i] <= STEPS[i + 1] for i in range(len(STEPS) - 1)) == 0


def test_packing_rounds_to_the_step_and_takes_about_the_entropy():
    x = normal((64, 4, 8, 8), make_generator(0))
    back, size = packed(x, 0.5)
    assert (back - x).abs().max() <= 0.25 + 1e-6
    bits = 8 * size / 256
    entropy = 2.047 + 1  # of a normal in steps of 0.5: log2 sqrt(2 pi e) + 1
    assert entropy < bits < 1.3 * entropy
    assert packed(0 * x, 0.5)[1] < 2
    assert (packed(x, 1e-3)[0] - x).abs().max() <= 1e-3  # more than 8 bits a number are kept too


def test_latents_are_coded_at_the_scale_of_their_channels(catalogue):
    x, model = held_out("scenes", 3), catalogue.vae("f4c4")
    fine = code_latents(model, x, 1e-3, RUNTIME)
    mean = model.network.decode(model.network.encode(x).mean)
    assert (fine.pictures - mean.clamp(-1, 1)).abs().max() < 0.01
    assert code_latents(model, x, 0.25, RUNTIME).size < fine.size
    assert [3 * matching_side(catalogue.vae(name)) ** 2 for name in ("f8c4", "f4c4")] == [3 * 81, 3 * 324]


def test_only_the_trick_lets_gradients_pass_and_they_are_right(catalogue, monkeypatch):
    network, x = catalogue.vae("f8c4").network, held_out("scenes", 2)
    found = follow_gradients(network, x)
    assert (found.reached, found.reached_without, found.n) == (1.0, 0.0, 2)
    assert found.error < 1e-4
    monkeypatch.setattr(posterior, "reparameterise", lambda mean, logvar, eps: mean + 0 * logvar)
    assert follow_gradients(network, x).reached == 0.5


def test_a_denoiser_that_knows_the_answer_correlates_fully_and_steps_there(catalogue, monkeypatch):
    model, scenes = catalogue.denoiser("race_x0"), one_thing(3)
    clean = denoising.clean_latents(model, scenes.pictures, RUNTIME)
    monkeypatch.setattr(denoising, "predictor", lambda *_: lambda x, t, text: clean.clone())
    levels = correlations(model, scenes, RUNTIME)
    assert all(min(level.noise.min(), level.clean.min()) > 0.999 for level in levels.values())
    assert list(levels) == [0.99, 0.9, 0.5, 0.1, 0.01]
    assert levels[0.99].moved is None
    for cleaner, signal in pairwise(levels):  # a step with the truth leads to what the next level was made of
        assert levels[signal].moved == pytest.approx(levels[cleaner].copy_clean, abs=1e-4)
    monkeypatch.setattr(denoising, "predictor", lambda *_: lambda x, t, text: -clean)
    assert correlations(model, scenes, RUNTIME)[0.5].clean.max() < -0.999


@pytest.mark.parametrize(
    "output", [torch.zeros_like, torch.clone, torch.neg], ids=["zero", "its input", "its input, negated"]
)
def test_a_network_that_has_learnt_nothing_does_not_pass_as_one_that_predicts_noise(catalogue, monkeypatch, output):
    """Its input alone correlates with the noise by 0.7 at half signal, and a run of any network comes to its end."""
    monkeypatch.setattr(denoising, "predictor", lambda *_: lambda x, t, text: output(x))
    found = [correlations(catalogue.denoiser(name), one_thing(5), RUNTIME) for name in ("race_eps", "race_x0")]
    core = [check for check in step_checks(*found) if check.core]
    assert [check.outcome for check in core] == [False] * 3
    assert conclude((), core).verdict == "does not hold here"


def test_what_is_watched_is_counted(catalogue):
    vae = catalogue.vae("f4c4").network
    with watching({"encoder": vae.encoder, "decoder": vae.decoder}) as calls:
        vae.decode(torch.zeros(1, 4, 4, 4))
        vae.decode(torch.zeros(1, 4, 4, 4))
    vae.decode(torch.zeros(1, 4, 4, 4))
    assert calls.of == {"encoder": 0, "decoder": 2}
    assert latents_as_pictures(torch.zeros(2, 2, 4, 4), 16).shape == (2, 3, 16, 16)


def test_movement_is_in_units_of_what_pictures_differ_by(catalogue, monkeypatch):
    """Half the contrast is half the movement and half the distance; a decoder that ignores its latent does not move."""
    model, x = catalogue.vae("small_kl1"), held_out("scenes", 4)
    decode = model.network.decode
    full = moved_by(model, x, RUNTIME)
    assert {push: several.shape for push, several in full.items()} == dict.fromkeys(PUSHES, (4, TRIALS))
    assert all((several > 0).all() for several in full.values())
    assert (full[0.3].mean(axis=1) > full[0.1].mean(axis=1)).all()
    assert full[0.1].std(axis=1).min() > 0  # each trial is another direction
    monkeypatch.setattr(model.network, "decode", lambda z: decode(z) / 2)
    assert moved_by(model, x, RUNTIME)[0.3] == pytest.approx(full[0.3], rel=1e-3)
    monkeypatch.setattr(model.network, "decode", lambda z: 0 * decode(z) + x.mean(dim=0))
    assert moved_by(model, x, RUNTIME)[0.3] == pytest.approx(np.zeros((4, TRIALS)))


def test_draws_of_a_posterior_spread_by_its_width(catalogue, monkeypatch):
    """Encoded once a batch, however many draws; with a decoder that shows the latent, by the width itself."""
    vae, x = catalogue.vae("f8c4"), held_out("scenes", 40)
    encode, calls, std = vae.network.encode, [], 0.3

    def wide(part):
        mean = encode(part).mean
        calls.append(len(part))
        return Posterior(mean, torch.full_like(mean, 2 * math.log(std)))

    monkeypatch.setattr(vae.network, "encode", wide)
    monkeypatch.setattr(vae.network, "decode", lambda z: z[:, :3])
    found = spread_of_draws(vae, x, RUNTIME)
    assert calls == [40]
    assert np.sqrt((found**2).mean()) == pytest.approx(std, rel=0.02)


def test_a_denoiser_that_was_not_measured_leaves_the_claim_about_composition_open(catalogue):
    card = catalogue.card("race_f8c4")
    assert composition_of(card)["place"] == wilson(90, 100)
    with pytest.raises(BadCheckpoint, match="evaluate race_f8c4"):
        composition_of(replace(card, metrics={}))


def test_a_tint_is_no_loss_of_detail_or_layout():
    x = held_out("scenes", 3) / 2
    assert [part.min() for part in kept(x, x + 0.3)] == pytest.approx([1, 1], abs=1e-5)


def test_the_width_of_a_posterior_bears_the_name_of_its_model(catalogue):
    finding = posterior.reparameterisation(Study(catalogue, 2))
    (label,) = [label for label, _ in finding.figures if "posterior std" in label]
    assert label.startswith("small_kl1e-4:")


def test_kl_is_that_of_the_card(catalogue):
    from app.evaluation.reconstruction import evaluate_vae

    x = held_out("scenes", 4)
    figures = evaluate_vae(catalogue.vae("f8c4"), open_dataset("scenes", split="test"), 4, RUNTIME)
    assert kl_bits(catalogue.vae("f8c4"), x, RUNTIME).mean() == pytest.approx(figures["kl_bits_per_value"], abs=1e-3)
    assert rebuilt(catalogue.vae("f8c4"), x, RUNTIME).abs().max() <= 1
