"""Four walks side by side as one film, their scores as curves, and who stays among pictures."""

from PIL import Image

from app.core.pictures import to_picture
from app.figures.parts import Chart, Fact, Kind, Series
from app.figures.sheets import sprite_sheet
from app.labs.latent_paths import Score, best
from app.labs.walk import Walk

PATH_TITLES: dict[str, tuple[str, Kind]] = {
    "pixels": ("Pixel cross-fade", "pixel"),
    "linear": ("Straight in the latent", "latent"),
    "spherical": ("Along the sphere", "text"),
    "noise": ("Through the noise", "noise"),
}


def walk_film(walks: list[Walk]) -> Image.Image:
    """Return a sheet with a row a frame and a column a path."""
    frames = range(len(walks[0].pictures))
    tiles = [to_picture(walk.pictures[frame]) for frame in frames for walk in walks]
    return sprite_sheet(tiles, len(walks)).sheet


def walk_views(walks: list[Walk]) -> list[tuple[str, Kind]]:
    """Return title and kind of each column."""
    return [PATH_TITLES[walk.request.path] for walk in walks]


def walk_moments(walks: list[Walk]) -> list[tuple[str, str]]:
    """Return, for each frame, how far along it is."""
    last = len(walks[0].pictures) - 1
    return [(f"{frame / last:.0%}", f"frame {frame + 1} of {last + 1}") for frame in range(last + 1)]


def walk_charts(walks: list[Walk], ordinary: float) -> list[Chart]:
    """Return certainty of the judge and length of each step, over the way."""
    last = len(walks[0].pictures) - 1
    way = tuple(100 * frame / last for frame in range(last + 1))
    sure = [_series(walk, way, walk.certainty) for walk in walks]
    level = Series("an ordinary scene, at least", (0.0, 100.0), (ordinary, ordinary))
    middles = tuple(100 * (frame + 0.5) / last for frame in range(last))
    moved = [_series(walk, middles, walk.moved) for walk in walks]
    return [
        Chart(
            "How sure is the judge of what it sees?",
            "way from A to B (%)",
            "certainty (0 to 1)",
            (*sure, level),
            "A double exposure or a smear is read with less certainty than 19 of 20 scenes are: it is off the manifold.",
        ),
        Chart(
            "How long is each step?",
            "way from A to B (%)",
            "RMS change of a pixel",
            tuple(moved),
            "A cross-fade moves evenly; a walk over pictures may stand still and then jump to the next thing.",
        ),
    ]


def _series(walk: Walk, x: tuple[float, ...], y: tuple[float, ...]) -> Series:
    title, kind = PATH_TITLES[walk.request.path]
    return Series(title, x, y, kind)


def walk_facts(scores: list[Score], guess: str | None) -> list[Fact]:
    """Return the score of every path and, beside the guess, the path that stays on the manifold."""
    facts = []
    if guess is not None:
        winner = PATH_TITLES[best(scores)]
        verdict = "as you guessed" if guess == winner[0] else "not as you guessed"
        facts = [
            Fact("Your guess", guess, "", "text"),
            Fact("Measured", winner[0], f"stays among pictures best: {verdict}", winner[1]),
        ]
    for each in scores:
        title, kind = PATH_TITLES[each.path]
        note = f"weakest frame {each.weakest:.2f}, longest step {each.jump:.1f} mean steps"
        facts.append(Fact(title, f"{each.on:.0%} of frames on", note, kind))
    return facts
