"""Draws of the prior for every VAE as one film over the spread, and where a judge still sees scenes in them."""

from PIL import Image

from app.core.pictures import to_picture, to_sheet
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


def holes_chart(holes: list[Holes], titles: dict[str, str], ordinary: float) -> Chart:
    """Return the judge's certainty over the spread, one line a VAE."""
    spreads = holes[0].request.spreads
    lines = [Series(titles.get(one.vae, one.vae), spreads, one.certainty) for one in holes]
    level = Series("an ordinary scene, at least", (spreads[0], spreads[-1]), (ordinary, ordinary))
    n = holes[0].request.draws
    note = f"Mean over {n} draws each. At s = 1 the prior promises pictures; the judge says whether they are some."
    return Chart("Does the judge see a scene?", "spread s", "certainty (0 to 1)", (*lines, level), note)


def holes_facts(holes: list[Holes], titles: dict[str, str], guess: str | None) -> list[Fact]:
    """Say whose draws at s = 1 the judge reads best, and compare with the guess."""
    spreads = holes[0].request.spreads
    at = {one.vae: one.certainty[spreads.index(1.0)] for one in holes}
    winner = max(at, key=lambda name: at[name])
    facts = []
    if guess is not None:
        same = guess == titles.get(winner, winner)
        facts = [
            Fact("Your guess", guess, "", "text"),
            Fact("Measured", titles.get(winner, winner), "as you guessed" if same else "not as you guessed", "decoder"),
        ]
    return [
        *facts,
        *(Fact(titles.get(name, name), f"{sure:.2f}", "certainty at s = 1", "decoder") for name, sure in at.items()),
    ]


def single_draw(holes: Holes, spread: float, number: int) -> Image.Image:
    """Return one draw of one spread as a picture."""
    return to_picture(holes.pictures[holes.request.spreads.index(spread), number])
