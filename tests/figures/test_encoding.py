"""Maps carry the very numbers of the encoding; bits, badge and histograms say what was measured."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.core.randomness import make_generator, normal
from app.evaluation.training_errors import TrainingErrors
from app.figures.bits import GUESSES, bits_facts, budget_share, guess_facts
from app.figures.colour_maps import colour_signed
from app.figures.draws import spread_maps
from app.figures.encoding import (
    badge,
    bits_maps,
    encoding_maps,
    latent_maps,
    logvar_maps,
    maps_csv,
    marked,
    values_charts,
    values_facts,
)
from app.figures.latents import MOST_SHOWN, error_group, groups_png, shown, size_note
from app.figures.surgery import surgery_group
from app.figures.value_maps import MOST_CELLS, averaged, block_of, maps_groups
from app.labs.encode import EncodeRequest, EncodeResult
from app.labs.familiarity import Familiarity
from app.labs.latent_values import ChannelSpread, Histogram, ValuesRequest, ValuesResult
from app.labs.posterior import ResampleRequest, ResampleResult
from app.labs.surgery import CopyCell, Edit, EraseCell, ScaleChannel, ShiftChannel, SurgeryResult

LADDER = TrainingErrors("hash", "scenes+photos", 64, 1000, tuple(float(k) for k in range(101)))


def a_result(h: int = 4, w: int = 6, f: int = 4) -> EncodeResult:
    draw = make_generator("encoding figures", h, w)
    mean, logvar = normal((1, 3, h, w), draw), -4 + normal((1, 3, h, w), draw)
    picture = normal((1, 3, f * h, f * w), draw).clamp(-1, 1)
    return EncodeResult(EncodeRequest("v"), picture, mean, logvar, mean + 0.1, picture, 800.0, 31.2, 0.98)


def test_maps_hold_the_numbers_that_they_show() -> None:
    result = a_result()
    maps = latent_maps(result)
    assert (maps.rows, maps.columns, maps.block) == (4, 6, 1)
    for part, values in zip(maps.sets, (result.mean, result.std), strict=True):
        for channel, one in enumerate(part.maps):
            np.testing.assert_allclose(one.values, values[0, channel].numpy(), rtol=1e-6)
    limit = float(result.mean.abs().max())
    np.testing.assert_array_equal(
        np.asarray(maps.sets[0].maps[1].picture), colour_signed(result.mean[0, 1].numpy(), limit)
    )
    logvar = logvar_maps(result).sets[0].maps[2].values
    np.testing.assert_allclose(logvar, result.logvar[0, 2].numpy(), rtol=1e-6)


def test_deviations_are_coloured_by_their_logarithm_and_named_by_themselves() -> None:
    std = latent_maps(a_result()).sets[1]
    low, high = (float(end) for end in (std.legend.low, std.legend.high))
    assert float(std.legend.middle) == pytest.approx(math.sqrt(low * high), rel=0.02)


def test_a_plain_autoencoder_has_a_code_and_no_deviation() -> None:
    assert [part.title for part in latent_maps(replace(a_result(), kl_bits=None)).sets] == ["The code"]


def test_bits_of_a_cell_are_the_kl_of_its_channels() -> None:
    result = a_result()
    bits = bits_maps(result).sets[0].maps[0].values
    mean, logvar = result.mean[0, :, 2, 3].double(), result.logvar[0, :, 2, 3].double()
    by_hand = (0.5 * (mean**2 + logvar.exp() - 1 - logvar)).sum().item() / math.log(2)
    assert bits[2, 3] == pytest.approx(by_hand, rel=1e-5)


def test_a_large_grid_is_averaged_in_blocks_and_the_cells_keep_their_numbers() -> None:
    assert (block_of(MOST_CELLS, 3), block_of(MOST_CELLS + 1, 3), block_of(2, 2 * MOST_CELLS)) == (1, 2, 2)
    values = torch.arange(12.0).reshape(1, 3, 4)
    assert averaged(values, 2)[0].tolist() == [[2.5, 4.5], [8.5, 10.5]]
    maps = marked(latent_maps(a_result(MOST_CELLS + 2, 4, f=2)), (5, 1))
    assert (maps.rows, maps.columns, maps.block, maps.cell) == (MOST_CELLS // 2 + 1, 2, 2, (5, 1))
    assert maps.sets[0].maps[0].values.shape == (maps.rows, maps.columns)


def test_spread_and_variance_of_draws_are_maps_with_their_numbers() -> None:
    pictures = normal((8, 3, 6, 5), make_generator("draws figure"))
    spread = pictures.std(dim=0, keepdim=True).mean(dim=1, keepdim=True)
    maps = spread_maps(ResampleResult(ResampleRequest(8), pictures, pictures, spread))
    std, variance = (one.maps[0].values for one in maps.sets)
    assert [("deviation" in one.title, "Variance" in one.title, one.unit) for one in maps.sets] == [
        (True, False, "steps"),
        (False, True, "steps²"),
    ]
    at = pictures[:, :, 2, 3].double() * 127.5
    assert std[2, 3] == pytest.approx(at.std(dim=0).mean().item(), rel=1e-4)
    assert variance[2, 3] == pytest.approx(at.var(dim=0).mean().item(), rel=1e-4)
    assert [group.title for group in maps_groups(maps)] == [one.title for one in maps.sets]


@pytest.mark.parametrize(
    ("edit", "looks"),
    [
        (EraseCell(0, 0), True),
        (CopyCell(0, 0, 1, 1), True),
        (ShiftChannel(0, 1.0), False),
        (ScaleChannel(0, 2.0), False),
    ],
)
def test_only_the_change_of_a_cell_is_as_wide_as_the_decoder_looks(edit: Edit, looks: bool) -> None:
    before = torch.zeros(1, 3, 8, 8)
    after = before + 0.5
    change = (after - before).abs().mean(1, keepdim=True)
    group = surgery_group(SurgeryResult((edit,), torch.zeros(1, 3, 2, 2), before, after, change, (0, 0, 8, 8)))
    assert ("as far as the change is visible" in group.note) == looks


def test_the_csv_has_a_row_for_every_value() -> None:
    result = a_result()
    rows = maps_csv(latent_maps(result)).decode().splitlines()
    assert len(rows) == 1 + 2 * 3 * 4 * 6
    what, name, row, column, value = rows[1].split(",")
    assert (what, name, row, column) == ("Mean μ", "channel 1", "0", "0")
    assert float(value) == pytest.approx(result.mean[0, 0, 0, 0].item())


def test_a_file_of_an_encoding_has_mean_deviation_and_log_variance_or_the_code_alone() -> None:
    result = a_result()
    assert [one.title for one in encoding_maps(result).sets] == [
        "Mean μ",
        "Standard deviation σ",
        "Log-variance log σ²",
    ]
    assert [one.title for one in encoding_maps(replace(result, kl_bits=None)).sets] == ["The code"]


@pytest.mark.parametrize(("kl_bits", "png", "right"), [(800.0, 1000, 0), (8000.0, 1000, 1), (80000.0, 1000, 2)])
def test_the_budget_is_compared_in_bytes(kl_bits: float, png: int, right: int) -> None:
    result = replace(a_result(), kl_bits=kl_bits)
    assert budget_share(result, png) == kl_bits / 8 / png
    verdicts = [guess_facts(result, png, guess)[1].note for guess in GUESSES]
    assert [note == "as you guessed" for note in verdicts] == [number == right for number in range(3)]
    facts = {fact.name: fact.value for fact in bits_facts(result, png)}
    assert facts["PNG"] == "1,000 bytes"
    assert facts["Uncompressed"] == f"{result.picture.numel():,} bytes"


def test_the_badge_names_verdict_percentile_and_source() -> None:
    fact = badge(Familiarity(0.5, LADDER.share_rebuilt_better(0.5), LADDER))
    assert fact.value == "out of distribution"
    assert "of 1,000 training pictures" in fact.note
    assert "measured with the checkpoint" in fact.note
    assert badge(None).value == "not measured"


def test_histogram_and_spreads_are_drawn_as_they_are() -> None:
    histogram = Histogram((-1.0, 0.0, 1.0), (0.1, 0.5, 0.4), (0.24, 0.4, 0.24), 1.0)
    spreads = (ChannelSpread(0, 0.1, 1.4, 0.0, 1.3), ChannelSpread(1, 0.0, 0.5, 0.1, 0.6))
    result = ValuesResult(ValuesRequest(channel=1), histogram, 9, 0.25, 1.5, 0.02, spreads)
    bars, spread = values_charts(result)
    assert bars.series[0].y == histogram.density
    assert bars.series[1].y == histogram.normal
    assert "channel 2" in bars.series[0].name
    assert (spread.series[0].y, spread.series[1].y) == ((1.3, 0.6), (1.4, 0.5))
    assert (spread.stamp, "with the checkpoint" in spread.series[0].name) == ("measured now", True)
    assert [fact.value for fact in values_facts(result)] == ["+0.250", "1.500", "2.00%"]


def test_a_large_picture_is_shown_smaller_and_the_note_says_so() -> None:
    large = a_result(120, 200, f=4)
    group = error_group(large)
    assert max(group.tiles[0].picture.size) == MOST_SHOWN
    assert "800 × 480 pixels and is shown at 48%" in group.note
    assert size_note(MOST_SHOWN, 10) == ""
    small = error_group(a_result())
    assert small.tiles[0].picture.size == (24, 16)
    assert shown(small.tiles[0].picture).tobytes() == small.tiles[0].picture.tobytes()


def test_groups_become_one_png() -> None:
    assert groups_png([error_group(a_result()), error_group(a_result())]).startswith(b"\x89PNG")
