"""The views of the Encode lab as a few lines of Python: what 'Copy as code' puts on the clipboard."""

from app.labs.encode import EncodeRequest
from app.labs.gallery import SIDE
from app.labs.latent_values import ValuesRequest
from app.labs.posterior import ResampleRequest
from app.labs.snippets import OPEN
from app.labs.surgery import Edit


def _encoding(picture: str | None, request: EncodeRequest, more: str = "") -> str:
    """Return the lines up to `encoded`. picture: a name of the gallery, None for a visitor's own; more: imports."""
    if picture is None:
        source, load = "from PIL import Image\n", 'picture = Image.open("your-picture.png").convert("RGB")'
    else:
        function = "gallery_picture" if request.side == SIDE else "gallery_original"
        source, load = f"from app.labs.gallery import {function}\n", f"picture = {function}({picture!r})"
    return f"""{source}from app.core.pictures import to_picture
from app.labs.encode import EncodeRequest, encode
{more}{OPEN}
{load}
model = catalogue.vae({request.vae!r})
encoded = encode(model, picture, {request!r}, runtime)
"""


def picture_code(picture: str | None, request: EncodeRequest) -> str:
    """Return the code of an encoding: `reconstruction` and `encoded.mean`, `encoded.std`, `encoded.logvar`."""
    return f"""{_encoding(picture, request)}print(encoded.summary())
reconstruction = to_picture(encoded.reconstruction[0])
reconstruction.save("reconstruction.png")
"""


def bits_code(picture: str | None, request: EncodeRequest) -> str:
    """Return the code of the budget: `encoded.kl_cells` in bits, `png` in bytes."""
    more = "from app.labs.encode import png_bytes\n"
    return f"""{_encoding(picture, request, more)}png = png_bytes(encoded.picture)
print("KL", encoded.kl_bits, "bits, PNG", 8 * png, "bits")
print(encoded.kl_cells)
"""


def values_code(picture: str | None, request: EncodeRequest, wanted: ValuesRequest) -> str:
    """Return the code of the histogram: `result.histogram`, `result.channels`."""
    more = "from app.labs.latent_values import ValuesRequest, latent_values\n"
    return f"""{_encoding(picture, request, more)}result = latent_values(model, encoded, {wanted!r})
print(result.mean, result.std, result.outside)
"""


def draws_code(picture: str | None, request: EncodeRequest, wanted: ResampleRequest) -> str:
    """Return the code of the draws: `result.pictures`, `result.spread`."""
    more = "from app.labs.posterior import ResampleRequest, resample\n"
    return f"""{_encoding(picture, request, more)}result = resample(model, encoded, {wanted!r}, runtime)
print(result.spread.mean() * 127.5, "of 255 steps")
"""


def cell_code(picture: str | None, request: EncodeRequest, cell: tuple[int, int]) -> str:
    """Return the code of one cell: `readings` a channel, and where the gradient arrives."""
    more = "from app.labs.posterior import check_gradient, read_cell\n"
    return f"""{_encoding(picture, request, more)}rows, columns = encoded.mean.shape[-2:]
readings = read_cell(encoded, row=min({cell[0]}, rows - 1), column=min({cell[1]}, columns - 1))
for reading in readings:
    print(reading)
gradient = check_gradient(model, encoded, runtime)
print(gradient)
"""


def surgery_code(picture: str | None, request: EncodeRequest, edit: Edit) -> str:
    """Return the code of an operation: `result.before`, `result.after`, `result.change`."""
    more = f"from app.labs.surgery import {type(edit).__name__}, operate\n"
    return f"""{_encoding(picture, request, more)}result = operate(model, encoded.z, ({edit!r},), runtime)
print(result.reach)
after = to_picture(result.after[0])
after.save("after.png")
"""
