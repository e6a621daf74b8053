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
    "spherical": ("Along the sphere", "decoder"),
    "noise": ("Through the noise", "noise"),
}

TAKEN_FOR = "The judge names a scene, it is drawn, and both are compared. Above the level a frame is off the manifold."
ALIKE = 1.1
"""A path whose mean distance is less than so many times the best one's does about as well."""
NO_SCENE = (
    "An end is no scene, and the judge knows nothing else: how far a frame is from scenes says nothing about pictures."
)


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


def walk_charts(walks: list[Walk], scores: list[Score], scenes: bool = True) -> list[Chart]:
    """Return distance to scenes, length of each step, and certainty of the judge, over the way.

    scenes: whether both ends are scenes; where not, the judge's charts say that they mean nothing.
    """
    last = len(walks[0].pictures) - 1
    way = tuple(100 * frame / last for frame in range(last + 1))
    middles = tuple(100 * (frame + 0.5) / last for frame in range(last))
    level = Series("95 % of real scenes are nearer", (0.0, 100.0), (1.0, 1.0), "text")
    away = [_series(walk, way, each.away) for walk, each in zip(walks, scores, strict=True)]
    axis = "way from A to B (%)"
    return [
        Chart(
            "How far is each frame from any scene?",
            axis,
            "distance (1: a real scene)",
            (*away, level),
            TAKEN_FOR if scenes else NO_SCENE,
        ),
        Chart(
            "How long is each step?",
            axis,
            "RMS change of a pixel",
            tuple(_series(walk, middles, walk.moved) for walk in walks),
            "A cross-fade moves evenly; a walk over pictures may stand still and then jump to the next thing.",
        ),
        Chart(
            "How certain is the judge?",
            axis,
            "mean probability of what it names",
            tuple(_series(walk, way, walk.certainty) for walk in walks),
            "A judge that only knows scenes may be certain of what is none: read it beside the distance."
            if scenes
            else NO_SCENE,
        ),
    ]


def _series(walk: Walk, x: tuple[float, ...], y: tuple[float, ...]) -> Series:
    title, kind = PATH_TITLES[walk.request.path]
    return Series(title, x, y, kind)


def opening_facts(walks: list[Walk]) -> list[Fact]:
    """Return what can be said before the guess: how much there is to look at."""
    frames = len(walks[0].pictures)
    return [Fact("Frames", f"{frames} on each path", "guess first: then the judge reads every one of them", "pixel")]


def walk_facts(scores: list[Score], guess: str, scenes: bool = True) -> list[Fact]:
    """Return the score of every path and, beside the guess, the path that stays on the manifold.

    scenes: whether both ends are scenes; where not, there is no answer, and only the steps are told.
    """
    said = Fact("Your guess", guess, "", "text")
    if not scenes:
        facts = [said, Fact("Measured", "no answer", NO_SCENE, "text")]
        return facts + [_steps_fact(each) for each in scores]
    ordered = sorted(scores, key=lambda score: score.mean)
    winner = PATH_TITLES[best(scores)]
    verdict = "as you guessed" if guess == winner[0] else "not as you guessed"
    if len(ordered) > 1 and ordered[1].mean < ALIKE * ordered[0].mean:
        verdict += f", and {PATH_TITLES[ordered[1].path][0].lower()} about as well"
    facts = [said, Fact("Measured", winner[0], f"stays among pictures best between these two: {verdict}", winner[1])]
    for each in scores:
        title, kind = PATH_TITLES[each.path]
        note = f"as near to scenes as real ones; mean distance {each.mean:.2f}, longest step {each.jump:.1f} mean steps"
        facts.append(Fact(title, f"{each.on:.0%} of frames", note, kind))
    return facts


def _steps_fact(score: Score) -> Fact:
    title, kind = PATH_TITLES[score.path]
    return Fact(title, f"{score.jump:.1f} mean steps", "its longest step; 1 is an even walk", kind)


def gif_frames(walks: list[Walk]) -> list[Image.Image]:
    """Return the frames of a GIF: all paths side by side, in the order of the walks."""
    return [
        sprite_sheet([to_picture(walk.pictures[frame]) for walk in walks], len(walks)).sheet
        for frame in range(len(walks[0].pictures))
    ]
