"""What the parts of the Encode lab show beside the pictures: maps with their numbers, bits, the badge, histograms."""

import csv
import math
from io import StringIO

import torch
from jaxtyping import Float
from torch import Tensor

from app.figures.maps import amount_legend
from app.figures.parts import WITH_CHECKPOINT, Chart, Fact, Series
from app.figures.value_maps import MapSet, ValueMaps, amount_set, averaged, block_of, signed_set
from app.labs.encode import EncodeResult
from app.labs.familiarity import Familiarity
from app.labs.latent_values import ValuesResult

MEAN = "Where the encoder points, channel by channel: blue is below zero, white is zero, orange is above."
STD = "How unsure it is there: the width of the Gaussian from which z is drawn. Colours on a logarithmic scale."
LOGVAR = "What the encoder writes instead of the deviation: log σ², so that any number is a possible answer."
CODE = "A plain autoencoder writes this code and nothing else: no distribution, so no deviation and no cost in bits."
BITS = "All channels of a cell together. Dark cells are cheap: there the encoder says little more than N(0, 1) does."


def latent_maps(result: EncodeResult) -> ValueMaps:
    """Mean and standard deviation of the posterior; a plain autoencoder has its one code only."""
    if result.kl_bits is None:
        return _code_map(result)
    return _on_grid(result, (signed_set("Mean μ", _blocks(result.mean), "mean", MEAN), _std_set(result)))


def _code_map(result: EncodeResult) -> ValueMaps:
    return _on_grid(result, (signed_set("The code", _blocks(result.mean), "code", CODE),))


def logvar_maps(result: EncodeResult) -> ValueMaps:
    """The log-variance, as the encoder writes it; a plain autoencoder writes its code alone."""
    if result.kl_bits is None:
        return _code_map(result)
    return _on_grid(result, (signed_set("Log-variance log σ²", _blocks(result.logvar), "log-variance", LOGVAR),))


def encoding_maps(result: EncodeResult) -> ValueMaps:
    """All that the encoder writes, for a file: mean, standard deviation and log-variance, or a code."""
    sets = latent_maps(result).sets
    return _on_grid(result, sets if result.kl_bits is None else (*sets, *logvar_maps(result).sets))


def bits_maps(result: EncodeResult) -> ValueMaps:
    """What each cell costs, in bits; the code itself of a plain autoencoder, which has no such price."""
    cells = result.kl_cells
    if cells is None:
        return _code_map(result)
    bits = averaged(cells[None], block_of(*result.mean.shape[-2:]))
    return _on_grid(result, (amount_set("KL of each cell", bits, "KL of the cells", BITS, "bits"),))


def _std_set(result: EncodeResult) -> MapSet:
    std = _blocks(result.std)
    drawn = amount_set("Standard deviation σ", std.log(), "standard deviation", STD)
    low, high = float(std.min()), float(std.max())
    maps = tuple(
        type(one)(one.title, one.kind, one.picture, values.numpy(), one.alt)
        for one, values in zip(drawn.maps, std, strict=True)
    )
    return MapSet(drawn.title, maps, amount_legend(low, high, math.sqrt(low * high)), STD)


def _blocks(values: Float[Tensor, "1 c h w"]) -> Float[Tensor, "c k l"]:
    return averaged(values[0], block_of(*values.shape[-2:]))


def _on_grid(result: EncodeResult, sets: tuple[MapSet, ...], cell: tuple[int, int] | None = None) -> ValueMaps:
    height, width = result.mean.shape[-2:]
    block = block_of(height, width)
    return ValueMaps(sets, -(-height // block), -(-width // block), block, cell)


def marked(maps: ValueMaps, cell: tuple[int, int]) -> ValueMaps:
    """Return the same maps with a cell marked."""
    return ValueMaps(maps.sets, maps.rows, maps.columns, maps.block, cell)


def badge(found: Familiarity | None) -> Fact:
    """Say how unusual a picture is for the VAE: the percentile of its error among the training pictures."""
    if found is None:
        return Fact(
            "Familiar?", "not measured", "run python -m app errors to compare with the training pictures", "text"
        )
    errors = found.errors
    worse = f"{found.rebuilt_better:.0%} of {errors.n:,} training pictures are rebuilt better ({WITH_CHECKPOINT})"
    return Fact("Familiar?", found.verdict, f"{worse}; compared at {errors.side} × {errors.side} pixels", "text")


def values_charts(result: ValuesResult) -> list[Chart]:
    """The histogram beside N(0, 1), and the standard deviation of each channel, which becomes the scale."""
    return [_histogram_chart(result), _spread_chart(result)]


def _histogram_chart(result: ValuesResult) -> Chart:
    request, histogram = result.request, result.histogram
    which = "all channels" if request.channel is None else f"channel {request.channel + 1}"
    what = "(z − mean) / std of the training set" if request.scaled else "latent value z"
    curves = (
        Series(f"z of this picture, {which}", histogram.centres, histogram.density, "latent", "bars"),
        Series("standard normal N(0, 1)", histogram.centres, histogram.normal, "noise"),
    )
    note = f"{result.count:,} values: mean {result.mean:.2f}, standard deviation {result.std:.2f}."
    return Chart("Are the values a standard normal?", what, "density", curves, note)


def _spread_chart(result: ValuesResult) -> Chart:
    numbers = tuple(float(one.channel + 1) for one in result.channels)
    here, training = tuple(one.std for one in result.channels), tuple(one.scale_std for one in result.channels)
    curves = (
        Series(f"training set, {WITH_CHECKPOINT}: the latent scale", numbers, training, "latent", "bars"),
        Series("this picture", numbers, here, "pixel", "points"),
        Series("standard normal: 1", numbers, tuple(1.0 for _ in numbers), "noise"),
    )
    note = "Before diffusion every channel is divided by the bar, so that the noise is as strong for each of them."
    title = "Standard deviation of each channel"
    return Chart(title, "channel", "standard deviation of z", curves, note)


def values_facts(result: ValuesResult) -> list[Fact]:
    """The numbers of the histogram beside those of a standard normal."""
    return [
        Fact("Mean", f"{result.mean:+.3f}", "a standard normal has 0", "latent"),
        Fact("Standard deviation", f"{result.std:.3f}", "a standard normal has 1", "latent"),
        Fact("Beyond ±3", f"{result.outside:.2%}", "a standard normal has 0.27 %", "latent"),
    ]


def maps_csv(maps: ValueMaps) -> bytes:
    """Every value of the maps as a row: which set, which map, row and column of the cell, value."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(["what", "map", "row", "column", "value"])
    for one in maps.sets:
        for each in one.maps:
            for (row, column), value in zip(_cells(each.values.shape), each.values.flat, strict=True):
                rows.writerow([one.title, each.title, row * maps.block, column * maps.block, float(value)])
    return text.getvalue().encode()


def _cells(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(row, column) for row in range(shape[0]) for column in range(shape[1])]


def encoding_arrays(result: EncodeResult) -> dict[str, Float[Tensor, "..."]]:
    """Mean, logvar and z of an encoding for an .npz file, (c, h, w) each."""
    return {"mean": result.mean[0], "logvar": result.logvar[0], "z": result.z[0].to(torch.float32)}
