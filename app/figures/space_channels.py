"""Every channel of a latent pushed up and down, and the latent seen directly as a small colour picture."""

from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from app.core.pictures import to_picture
from app.figures.maps import signed_legend, signed_map
from app.figures.parts import Fact, Group, Kind, Tile
from app.figures.sheets import sprite_sheet
from app.labs.arithmetic import Preview


def channel_film(traversals: list[Float[Tensor, "n 3 H W"]]) -> Image.Image:
    """Return a sheet with a row a push and a column a channel."""
    tiles = [to_picture(frames[row]) for row in range(len(traversals[0])) for frames in traversals]
    return sprite_sheet(tiles, len(traversals)).sheet


def channel_views(count: int) -> list[tuple[str, Kind]]:
    """Return title and kind of each column."""
    return [(f"Channel {number}", "decoder") for number in range(1, count + 1)]


def channel_moments(frames: int, stds: float) -> list[tuple[str, str]]:
    """Return, for each frame, how far the channels are pushed."""
    pushes = [-stds + 2 * stds * frame / (frames - 1) for frame in range(frames)]
    return [(f"{push:+.1f} std", "pushed everywhere at once, one channel in each picture") for push in pushes]


def preview_groups(picture: Float[Tensor, "1 3 H W"], z: Float[Tensor, "1 c h w"], preview: Preview) -> list[Group]:
    """Return the picture, its colours on the latent's grid, the latent's linear guess of them, its channels."""
    factor = picture.shape[-1] // z.shape[-1]
    small = nn.functional.avg_pool2d(picture, factor)
    tiles = (
        Tile("Picture", "pixel", to_picture(picture[0]), "the picture"),
        Tile("Its mean colours", "pixel", to_picture(small[0]), "the picture reduced to the latent's grid"),
        Tile("Guessed from the latent", "latent", to_picture(preview.show(z)[0]), "the linear preview of the latent"),
    )
    limit = float(z.abs().max())
    channels = tuple(
        Tile(f"Channel {number}", "latent", signed_map(values, limit), f"channel {number} of the latent")
        for number, values in enumerate(z[0], start=1)
    )
    note = f"{z.shape[1]} numbers a cell to 3 colours by one small matrix; no decoder."
    return [Group("A preview without a decoder", tiles, note), Group("The latent", channels, "", signed_legend(limit))]


def preview_facts(preview: Preview) -> list[Fact]:
    """Return how much of the colours is linear, and what each channel adds."""
    quality = f"of the variance of held-out colours, {preview.measured_on} scenes; fitted on {preview.fitted_on}"
    facts = [Fact("R²", f"{preview.r2:.3f}", quality, "latent")]
    for number, column in enumerate(preview.weights.T, start=1):
        red, green, blue = column
        facts.append(
            Fact(
                f"Channel {number}",
                f"{red:+.2f} {green:+.2f} {blue:+.2f}",
                "for +1: change of red, green, blue in [-1, 1]",
            )
        )
    return facts


def gif_frames(traversals: list[Float[Tensor, "n 3 H W"]]) -> list[Image.Image]:
    """Return the frames of a GIF: a push each, the channels side by side."""
    sheet = channel_film(traversals)
    height = sheet.height // len(traversals[0])
    return [sheet.crop((0, top, sheet.width, top + height)) for top in range(0, sheet.height, height)]
