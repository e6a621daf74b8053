"""Pictures to try at once: scenes drawn for the purpose, and held-out parts of real photographs."""

from functools import cache

from PIL import Image

from app.core.errors import BadRequest
from app.core.pictures import from_bytes, to_picture
from app.core.registry import did_you_mean
from app.data.photos import load_photo, part_of
from app.data.scenes import Scenes, parse_caption
from app.data.uploads import fit_square

SIDE, LARGEST_SCENE = 64, 128

SCENES = (
    "a large checkered green umbrella in the centre on a white background",
    "a small striped red star at the top left on a blue background",
    "a large dotted orange cat in the centre on a grey background",
    "a large plain purple snowman in the centre on a pink background",
    "a small yellow crown above a large striped blue cup on a black background",
    "a large checkered white heart to the left of a small red anchor on a green background",
)
PHOTOS = {
    "space shuttle": "astronaut",
    "cat's eye": "chelsea",
    "motorcycle": "motorcycle_left",
    "lake shore": "china",
    "brick wall": "brick",
    "stained tissue": "ihc",
}
"""What is on the held-out part -> the photograph's name."""

NAMES = (*SCENES, *PHOTOS)


@cache
def gallery_picture(name: str) -> Image.Image:
    """Return one picture of NAMES, 64 x 64 pixels. No model has been trained on it. Do not change what you get."""
    return fit_square(_photograph(name), SIDE) if name in PHOTOS else _scene(name, SIDE)


@cache
def gallery_original(name: str) -> Image.Image:
    """Return the same picture as large as there is one: the whole held-out part of a photograph, a scene at 128 pixels.

    Do not change what you get.
    """
    return _photograph(name) if name in PHOTOS else _scene(name, LARGEST_SCENE)


def _photograph(name: str) -> Image.Image:
    return part_of(load_photo(PHOTOS[name]), "test")


def _scene(name: str, side: int) -> Image.Image:
    scene = parse_caption(name) if name in SCENES else None
    if scene is None:
        raise BadRequest(f"There is no picture '{name}' in the gallery.", hint=did_you_mean(name, list(NAMES)))
    return to_picture(from_bytes(Scenes(split="test", side=side).render_scene(scene, seed=1)))
