"""Figures and files of an encoding hold the numbers of the result, not nearly those."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.pictures import to_bytes
from app.core.randomness import make_generator, normal
from app.figures.colour_maps import colour_amounts, colour_signed
from app.figures.latents import encoding_facts, encoding_groups, error_group, mean_group, save_encoding, std_group
from app.figures.space_smooth import rung_title
from app.labs.encode import EncodeRequest, EncodeResult

SHAPE = (1, 3, 4, 6)


def a_result(kl_bits: float | None = 321.5) -> EncodeResult:
    draw = make_generator("figures")
    picture = normal((1, 3, 16, 24), draw).clamp(-1, 1)
    rebuilt = picture + 0.1 * normal((1, 3, 16, 24), draw)
    mean, logvar = normal(SHAPE, draw), -4 + normal(SHAPE, draw)
    mean[0, 1, 2, 3] = -5.0  # the strongest value is negative
    return EncodeResult(EncodeRequest("v"), picture, mean, logvar, mean + 0.1, rebuilt, kl_bits, 31.234567, 0.987654)


def tile(group: object, index: int) -> np.ndarray:
    return np.asarray(group.tiles[index].picture)


def test_mean_maps_share_one_scale_that_is_symmetric_about_zero() -> None:
    result = a_result()
    group, limit = mean_group(result), float(result.mean.abs().max())
    for channel in range(3):
        np.testing.assert_array_equal(tile(group, channel), colour_signed(result.mean[0, channel].numpy(), limit))
    assert (group.legend.low, group.legend.middle, group.legend.high) == (f"−{limit:.3g}", "0", f"+{limit:.3g}")


def test_deviation_maps_share_one_logarithmic_scale_and_its_legend_is_in_deviations() -> None:
    result = a_result()
    group, log_std = std_group(result), result.std.log()
    low, high = float(log_std.min()), float(log_std.max())
    for channel in range(3):
        expected = colour_amounts(log_std[0, channel].numpy(), low, high).astype(int)
        assert np.abs(tile(group, channel) - expected).max() <= 3  # 0.5 logvar and log(exp(...)) round differently
    middle = math.exp((low + high) / 2)
    assert (group.legend.low, group.legend.high) == (f"{result.std.min():.3g}", f"{result.std.max():.3g}")
    assert group.legend.middle == f"{middle:.3g}"


def test_the_error_map_is_brightest_where_the_reconstruction_is_worst() -> None:
    result = a_result()
    light = tile(error_group(result), 2).astype(int).sum(axis=-1)
    worst = np.unravel_index(int(result.error.argmax()), result.error.shape[2:])
    assert light[worst] == light.max()


def test_facts_are_the_numbers_of_the_summary() -> None:
    values = {fact.name: f"{fact.value} {fact.note}" for fact in encoding_facts(a_result())}
    assert values["Latent"].startswith("3 × 4 × 6")
    assert values["Numbers in"].startswith("1,152 ")
    assert values["Numbers out"] == "72 16 times fewer"
    assert values["Information (KL)"] == "321.5 bits 4.465 bits a value: what the latent tells"
    assert values["PSNR"].startswith("31.23 dB")
    assert values["SSIM"].startswith("0.9877")


def test_a_plain_autoencoder_shows_no_deviation_and_no_kl(tmp_path: Path) -> None:
    result = a_result(kl_bits=None)
    assert [group.title for group in encoding_groups(result)] == ["Picture, reconstruction, error", "Mean"]
    assert {fact.name: fact.value for fact in encoding_facts(result)}["Information (KL)"] == "none"
    save_encoding(result, tmp_path)
    assert not (tmp_path / "std.png").exists()


def test_saved_files_hold_the_result(tmp_path: Path) -> None:
    result = a_result()
    save_encoding(result, tmp_path / "new" / "folder")
    out = tmp_path / "new" / "folder"
    assert sorted(path.name for path in out.iterdir()) == ["latents.npz", "mean.png", "reconstruction.png", "std.png"]
    with np.load(out / "latents.npz", allow_pickle=False) as saved:
        for name in ("mean", "logvar", "z"):
            np.testing.assert_array_equal(saved[name], getattr(result, name)[0].numpy())
    with Image.open(out / "reconstruction.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture).transpose(2, 0, 1), to_bytes(result.reconstruction)[0])


def test_a_saved_map_shows_every_value_as_a_square_of_its_colour(tmp_path: Path) -> None:
    result = a_result()
    save_encoding(result, tmp_path)
    with Image.open(tmp_path / "mean.png") as sheet:
        shown = {tuple(colour) for colour in np.asarray(sheet).reshape(-1, 3).tolist()}
    colours = colour_signed(result.mean[0].numpy(), float(result.mean.abs().max())).reshape(-1, 3)
    assert {tuple(colour) for colour in colours.tolist()} <= shown


def test_figures_import_neither_gradio_nor_a_plotting_library() -> None:
    names = "{'gradio', 'matplotlib', 'plotly', 'umap', 'sklearn'}"
    report = f"import sys, app.figures.latents, app.figures.pipeline; print(*set(sys.modules) & {names})"
    result = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


@pytest.mark.parametrize(
    ("weight", "title"),
    [
        (0, "a (plain autoencoder)"),
        (1e-6, "a (KL weight 1e-6)"),
        (2.5e-4, "a (KL weight 2.5e-4)"),
        (0.01, "a (KL weight 1e-2)"),
        (0.5, "a (KL weight 0.5)"),
        (1, "a (KL weight 1)"),
    ],
)
def test_weights_are_written_as_in_the_names_of_the_models(weight, title):
    assert rung_title("a", weight) == title
