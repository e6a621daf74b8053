"""Draws of the prior for every VAE as one film over the spread, and where a judge still sees scenes in them."""

from PIL import Image

from app.core.pictures import to_sheet
from app.figures.parts import Chart, Fact, Kind, Series
from app.labs.latent_holes import Holes

ACROSS = 2
"""Draws side by side in one view."""


def holes_film(holes: list[Holes]) -> Image.Image:
    """Return a sheet with a row a spread and a column a VAE; each tile shows all draws of that spread."""
    tiles = [[to_sheet(one.pictures[row], ACROSS) for one in holes] for row in range(len(holes[0].pictures))]
    width, height = tiles[0][0].size
    sheet = Image.new("RGB", (width * len(holes), height * len(tiles)))
    for row, line in enumerate(tiles):
        for column, tile in enumerate(line):
            sheet.paste(tile, (column * width, row * height))
    return sheet


def holes_views(holes: list[Holes], titles: dict[str, str]) -> list[tuple[str, Kind]]:
    """Return title and kind of each column."""
    return [(titles.get(one.vae, one.vae), "decoder") for one in holes]


def holes_moments(holes: list[Holes]) -> list[tuple[str, str]]:
    """Return, for each spread, what is drawn."""
    measured = holes[0].request.measured
    scale = "the measured spread of each channel" if measured else "the prior's standard deviation"
    return [(f"s = {s:g}", f"draws with {s:g} times {scale}") for s in holes[0].request.spreads]


def holes_chart(holes: list[Holes], titles: dict[str, str]) -> Chart:
    """Return the mean distance to scenes over the spread, one line a VAE."""
    spreads = holes[0].request.spreads
    lines = [
        Series(
            titles.get(one.vae, one.vae),
            spreads,
            one.away,
            low=tuple(max(0.0, a - e) for a, e in zip(one.away, one.error, strict=True)),
            high=tuple(a + e for a, e in zip(one.away, one.error, strict=True)),
        )
        for one in holes
    ]
    level = Series("95 % of real scenes are nearer", (spreads[0], spreads[-1]), (1.0, 1.0))
    n, measured = holes[0].request.draws, holes[0].request.measured
    promise = "the channels have the spread of real latents" if measured else "the prior promises pictures"
    note = (
        f"Mean over {n} draws each, bands: its 95 % interval. At s = 1 {promise}; only below the level would they be "
        "pictures of this world."
    )
    return Chart(
        "How far are the draws from any scene?", "spread s", "distance (1: a real scene)", (*lines, level), note
    )


def spread_chart(holes: list[Holes], titles: dict[str, str]) -> Chart:
    """Return what can be shown before the guess: how different the draws of a spread are from each other."""
    spreads = holes[0].request.spreads
    lines = tuple(
        Series(titles.get(one.vae, one.vae), spreads, tuple(one.pictures.std(dim=1).flatten(1).mean(1).tolist()))
        for one in holes
    )
    note = "Different they become in any case. Which of them are pictures, the judge says after your guess."
    return Chart("How different are the draws?", "spread s", "mean std of a pixel over the draws", lines, note)


def opening_facts(holes: list[Holes]) -> list[Fact]:
    """Return what can be said before the guess: how much there is to look at."""
    request = holes[0].request
    value = f"{request.draws} for each of {len(request.spreads)} spreads"
    return [Fact("Draws", value, "guess first: then the judge reads every one of them", "noise")]


def holes_facts(holes: list[Holes], titles: dict[str, str], guess: str) -> list[Fact]:
    """Say whose draws at s = 1 are nearest to scenes, and compare with the guess."""
    spreads = holes[0].request.spreads
    one = spreads.index(1.0)
    at = {titles.get(each.vae, each.vae): (each.away[one], each.error[one]) for each in holes}
    winner = min(at, key=lambda name: at[name])
    verdict = "as you guessed" if guess == winner else "not as you guessed"
    reach = sum(at[winner])
    rivals = [name for name, (away, error) in at.items() if name != winner and away - error <= reach]
    if rivals:
        verdict += f"; but {holes[0].request.draws} draws cannot tell it from {', '.join(rivals)}"
    facts = [Fact("Your guess", guess, "", "text"), Fact("Measured", winner, verdict, "decoder")]
    return facts + [
        Fact(name, f"{away:.1f} ± {error:.1f}", "mean distance at s = 1; real scenes: up to 1", "decoder")
        for name, (away, error) in at.items()
    ]


def gif_frames(holes: list[Holes]) -> list[Image.Image]:
    """Return the frames of a GIF: a spread each, the VAEs side by side."""
    sheet = holes_film(holes)
    height = sheet.height // len(holes[0].pictures)
    return [sheet.crop((0, top, sheet.width, top + height)) for top in range(0, sheet.height, height)]
