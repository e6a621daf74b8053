"""Every claim runs end to end on small random models, and measures right where the answer is known."""

import math
import re
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from app.core.errors import BadCheckpoint, BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data import open_dataset
from app.data.scenes import LABEL_COLUMNS, WORDS
from app.evaluation.claims import (
    CLAIMS,
    Finding,
    codecs,
    denoising,
    linear_map,
    measure_claims,
    posterior,
    select_claims,
)
from app.evaluation.claims.balance import kl_bits
from app.evaluation.claims.blueprint import settled
from app.evaluation.claims.claim import Claim, measure_claim
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
from app.evaluation.claims.linear_map import LinearMap, fit_linear_map
from app.evaluation.claims.material import (
    ATTRIBUTES,
    COLUMNS,
    bands,
    graded,
    held_out,
    kept,
    latents_of,
    moved_on,
    one_thing,
    rebuilt,
)
from app.evaluation.claims.posterior import follow_gradients, spread_of_draws
from app.evaluation.claims.regularity import PUSHES, TRIALS, moved_by
from app.evaluation.claims.structure import latents_as_pictures, watching
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import conclude
from app.evaluation.generation import draw_captions
from app.evaluation.rates import wilson
from app.evaluation.reconstruction import psnr, reconstruct
from app.evaluation.sampling import SamplingOptions
from app.models import DenoiserConfig
from app.models.posterior import Posterior
from app.models.text import TextConfig
from app.store.catalogue import open_catalogue
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, make_checkpoint, make_refiner, make_vae, make_zoo

COUNT = 6
VAES = {"f2c4": (2, 4), "f16c4": (16, 4), "f8c16": (8, 16), "f8c4_decoder": (8, 4)}
WEIGHTS = {"small_kl0": 0.0, "small_kl1e-6": 1e-6, "small_kl1e-4": 1e-4, "small_kl1e-2": 1e-2, "small_kl1": 1.0}
RACES = {
    "race_pixels": "", "race_f2c4": "f2c4", "race_f4c4": "f4c4", "race_f8c4": "f8c4", "race_f16c4": "f16c4",
    "race_kl0": "small_kl0", "race_kl1e-4": "small_kl1e-4", "race_kl1": "small_kl1",
    "race_eps": "f4c4", "race_x0": "f4c4",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fewer_pictures_to_learn_from(monkeypatch):
    monkeypatch.setattr(codecs, "LEARNT_FROM", 32)
    monkeypatch.setattr(linear_map, "LEARNT_FROM", 32)


def make_denoiser(root, name, partner):
    card = open_catalogue(root, RUNTIME).cards[partner] if partner else None
    c, f = (card.config["c"], card.config["f"]) if card else (3, 1)
    config = DenoiserConfig(
        TextConfig(tuple(WORDS), width=16, layers=1, heads=2), channels=c, side=64 // f, partner=partner,
        target={"race_eps": "eps", "race_x0": "x0"}.get(name, "v"), widths=(16, 16), heads=2, condition_width=16,
    )  # fmt: skip
    rates = {name: asdict(wilson(90, 100)) for name in ATTRIBUTES}
    bound = {"partner": partner, "partner_sha256": card.latents_sha256 if card else ""}
    make_checkpoint(root, name, "denoiser", config, metrics={"one_thing": rates}, **bound)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    for name, (f, c) in VAES.items():
        make_vae(root, name, f, c)
    for name, weight in WEIGHTS.items():
        make_vae(root, name, 8, 4, weight)
    make_refiner(root, "refiner", open_catalogue(root, RUNTIME).cards["f8c4"])
    for name, partner in RACES.items():
        make_denoiser(root, name, partner)
    return open_catalogue(root, RUNTIME)


def test_there_are_15_claims_and_their_models_are_recipes():
    assert [claim.number for claim in CLAIMS] == list(range(1, 16))
    assert {name for claim in CLAIMS for name in claim.needs} <= set(RECIPES)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_a_claim_is_measured_with_the_models_it_lists_and_every_figure_says_its_n(catalogue, claim, tmp_path):
    """With nothing else in the folder: so a model that is missing is always named."""
    for name in claim.needs:
        (tmp_path / name).symlink_to(catalogue.root / name)
    finding = measure_claim(claim, Study(open_catalogue(tmp_path, RUNTIME), COUNT))
    assert len(finding.figures) >= 4
    assert finding.why.endswith(".")
    assert "nan" not in finding.why
    for label, value in finding.figures:
        assert re.search(r"n = \d+|\(exact\)", value), (label, value)
        assert "nan" not in value, (label, value)
    counted = [value for _, value in finding.figures if re.search(rf"n = {COUNT}\b", value)]
    assert counted


def test_missing_and_broken_models_are_named_and_the_next_claim_is_measured(catalogue, tmp_path):
    for name in ("f8c4", "small_kl1e-4", "small_kl0", "judge"):
        (tmp_path / name).symlink_to(catalogue.root / name)
    (tmp_path / "f4c4").mkdir()
    (tmp_path / "f4c4" / "card.json").write_text("{")
    found = list(measure_claims(open_catalogue(tmp_path, RUNTIME), 2, select_claims([2, 4, 3])))
    assert [claim.number for claim, _ in found] == [2, 3, 4]
    (_, broken), (_, missing), (_, fourth) = found
    assert (broken.verdict, missing.verdict, broken.figures) == ("not measured", "not measured", ())
    assert "f4c4" in broken.why
    assert "weights.safetensors is missing" in broken.why
    assert "f8c4" not in broken.why
    assert all(name in missing.why for name in ("race_pixels", "race_f8c4", "f2c4"))
    assert fourth.figures


def test_a_mistake_of_the_user_is_said_and_a_bug_keeps_its_traceback(catalogue):
    def refuse(*_):
        raise BadCheckpoint("Of another VAE.", hint="Retrain.")

    def break_down(*_):
        raise KeyError("a bug")

    refused, broken = (Claim(1, "", "", (), measure) for measure in (refuse, break_down))
    study = Study(catalogue, 2)
    assert measure_claim(refused, study) == Finding("not measured", (), "Of another VAE. Retrain.")
    with pytest.raises(KeyError):
        measure_claim(broken, study)


def test_numbers_that_no_claim_has_and_counts_below_one_are_refused(catalogue):
    with pytest.raises(BadRequest, match="16"):
        select_claims([3, 16])
    with pytest.raises(BadRequest):
        next(measure_claims(catalogue, 0, CLAIMS))
    assert select_claims([]) == CLAIMS


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


def test_a_run_is_drawn_once_and_is_the_one_that_the_report_measures(catalogue, monkeypatch):
    model, study, captions = catalogue.denoiser("generator"), Study(catalogue, 3), one_thing(3).captions
    expected = draw_captions(model, captions, [0, 1, 2], SamplingOptions(), RUNTIME).clamp(-1, 1)
    calls = []
    monkeypatch.setattr(
        model.network.entry, "forward", lambda *a, f=model.network.entry.forward: calls.append(1) or f(*a)
    )
    assert torch.equal(study.draw(model, captions), expected)
    run = study.run(model, captions)
    assert len(calls) == 20
    assert run.x0.shape == (20, *run.last.shape)
    assert torch.allclose(run.x0[-1], run.last, atol=1e-5)  # DDIM ends on the clean latent that it expects
    study.draw(model, captions, SamplingOptions(steps=3))
    study.draw(model, moved_on(captions))
    assert len(calls) == 20 + 3 + 20
    Study(catalogue, 3).draw(model, captions)
    assert len(calls) == 63  # nothing outlives its study


def test_no_network_is_asked_twice_for_captions_that_say_nothing(catalogue, monkeypatch):
    model, study, rows = catalogue.denoiser("generator"), Study(catalogue, 2), []
    predict = model.network.predict
    guided = draw_captions(model, ["", ""], [0, 1], SamplingOptions(), RUNTIME).clamp(-1, 1)
    monkeypatch.setattr(model.network, "predict", lambda x, *rest: rows.append(len(x)) or predict(x, *rest))
    assert torch.allclose(study.draw(model, ["", ""]), guided, atol=1e-4)
    assert set(rows) == {2}
    study.draw(model, ["a red star", ""])
    assert set(rows) == {2, 4}


def test_the_linear_map_finds_a_linear_decoder_again(catalogue, monkeypatch):
    latents, vae = 0.5 * normal((32, 4, 8, 8), make_generator("latents")), catalogue.vae("f8c4")
    truth = LinearMap(8, 0.1 * normal((5, 192), make_generator("map")))
    monkeypatch.setattr(linear_map, "latents_of", lambda *_: latents)
    monkeypatch.setattr(linear_map, "from_bytes", lambda _: truth.pictures(latents))
    assert fit_linear_map(vae, RUNTIME).weights == pytest.approx(truth.weights, abs=1e-4)


def test_the_linear_map_of_training_scenes_fits_them_better_than_one_colour(catalogue):
    vae, x = catalogue.vae("f8c4"), from_bytes(open_dataset("scenes", split="train").pictures(range(32)))
    fitted = fit_linear_map(vae, RUNTIME).pictures(latents_of(vae, x, RUNTIME))
    assert fitted.shape == x.shape
    colour = x.mean(dim=(0, 2, 3), keepdim=True)
    assert (fitted - x).square().mean() < (colour - x).square().mean()


def test_latents_are_those_that_reconstruction_decodes(catalogue):
    vae, x = catalogue.vae("f4c4"), held_out("scenes", 2)
    decoded = vae.network.decode(vae.scale.restore(latents_of(vae, x, RUNTIME)))
    assert torch.allclose(decoded, reconstruct(vae, x, RUNTIME)[0], atol=1e-5)


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
