"""Views as a few lines of Python: what 'Copy as code' puts on the clipboard. Each runs as it is, from the repository.

What a visitor typed goes in through repr, so that it can only ever be a string.
"""

from app.labs.generate import GenerateRequest

OPEN = """from app.core.runtime import choose_runtime
from app.store.catalogue import CHECKPOINTS, open_catalogue

runtime = choose_runtime()
catalogue = open_catalogue(CHECKPOINTS, runtime)
"""


def generate_code(request: GenerateRequest, model: str) -> str:
    """Return the code of a generation: `picture` is what the page shows, `result.trail` every step on the way."""
    return f"""from app.core.pictures import to_picture
from app.labs.generate import GenerateRequest, generate
{OPEN}
request = {request!r}
result = generate(catalogue.denoiser({model!r}), request, runtime)
picture = to_picture(result.picture[0])
picture.save("picture.png")
"""


def encode_code(vae: str, picture: str | None, side: int) -> str:
    """Return the code of an encoding; picture: a name of the gallery, None for a visitor's own."""
    if picture is None:
        source, load = "from PIL import Image\n", 'picture = Image.open("your-picture.png").convert("RGB")'
    else:
        source, load = "from app.labs.gallery import gallery_picture\n", f"picture = gallery_picture({picture!r})"
    return f"""{source}from app.core.pictures import to_picture
from app.labs.encode import EncodeRequest, encode
{OPEN}
{load}
result = encode(catalogue.vae({vae!r}), picture, EncodeRequest({vae!r}, side={side}), runtime)
print(result.summary())
reconstruction = to_picture(result.reconstruction[0])
reconstruction.save("reconstruction.png")
"""
