"""The views of the Prompt lab as a few lines of Python: what 'Copy as code' puts on the clipboard.

What a visitor typed goes in through repr, so that it can only ever be a string.
"""

from app.labs.generate import GenerateRequest
from app.labs.prompt_edit import StrengthRequest
from app.labs.prompt_pair import PairRequest
from app.labs.prompt_sweep import SweepRequest
from app.labs.prompt_switch import SwitchRequest
from app.labs.prompt_unseen import UnseenRequest
from app.labs.snippets import OPEN


def _opened(imports: str, model: str) -> str:
    """Return the lines up to `model` and `judge`; imports: lines, the last without its end."""
    return f"""from app.core.pictures import to_picture, to_sheet
from app.labs.generate import GenerateRequest
{imports}
{OPEN}model, judge = catalogue.denoiser({model!r}), catalogue.judge()
"""


def sweep_code(request: SweepRequest, model: str) -> str:
    """Return the code of a guidance sweep: `result.pictures[w][i]`, `result.marks`, `result.rates`."""
    return f"""{_opened("from app.labs.prompt_sweep import SweepRequest, sweep", model)}
result = sweep(model, judge, {request!r}, runtime)
for weight, share in zip(result.request.weights, result.shares):
    print(f"guidance {{weight:g}}: {{share:.0%}} of what the caption asks for")
to_sheet(result.pictures.flatten(0, 1), columns=result.request.pictures, gap=2).save("sweep.png")
"""


def attention_code(request: GenerateRequest, model: str) -> str:
    """Return the code of the attention maps: `result.maps[layer]` is (steps, words, rows, columns)."""
    return f"""{_opened("from app.labs.prompt_attention import attention, on_one_grid", model)}
result = attention(model, {request!r}, runtime)
shares = on_one_grid(result)
for word, share in zip(result.words, shares.mean(dim=(0, 2, 3))):
    print(f"{{word}}: {{share:.1%}} of all attention")
to_picture(result.decoded[-1]).save("picture.png")
"""


def words_code(request: GenerateRequest, model: str) -> str:
    """Return the code of the word-drop test: `result.noise`, `result.clean`, `result.moved`, `result.changed(word)`."""
    return f"""{_opened("from app.labs.prompt_words import drop_words", model)}
result = drop_words(model, judge, {request!r}, runtime)
for number, word in enumerate(result.words):
    print(f"without {{word!r}} the picture moves by {{result.moved[number]:.3f}}", result.changed(number))
to_sheet(result.pictures, columns=len(result.pictures), gap=2).save("without-each-word.png")
"""


def pair_code(request: PairRequest, model: str) -> str:
    """Return the code of two captions from one noise: `result.x`, `result.decoded`, `result.apart`."""
    return f"""{_opened("from app.labs.prompt_pair import PairRequest, compare_captions", model)}
result = compare_captions(model, judge, {request!r}, runtime)
print("apart after each step:", [round(float(distance), 3) for distance in result.apart])
to_sheet(result.decoded[-1], columns=2, gap=2).save("pair.png")
"""


def switch_code(request: SwitchRequest, model: str) -> str:
    """Return the code of a caption that changes: `result.pictures[moment][noise]`, `result.followed`."""
    return f"""{_opened("from app.labs.prompt_switch import SwitchRequest, switch_caption", model)}
result = switch_caption(model, judge, {request!r}, runtime)
for name in result.followed:
    print(name, dict(zip(result.request.after, result.share(name))))
to_sheet(result.pictures.flatten(0, 1), columns=result.request.seeds, gap=2).save("switch.png")
"""


def unseen_code(request: UnseenRequest, model: str) -> str:
    """Return the code of the comparison: `result.unseen` and `result.seen` with their rates."""
    return f"""{_opened("from app.labs.prompt_unseen import UnseenRequest, unseen", model)}
result = unseen(model, judge, {request!r}, runtime)
for name, arm in (("never seen", result.unseen), ("seen", result.seen)):
    print(f"{{name}}: thing and colour right {{result.bound(arm)}}")
to_sheet(result.unseen.pictures, columns=8, gap=2).save("unseen.png")
"""


def _picture_lines(picture: str | None) -> tuple[str, str]:
    """Return the import and the line that loads a picture; None: the visitor's own, from a file."""
    if picture is None:
        return "from PIL import Image\n", 'picture = Image.open("your-picture.png").convert("RGB")'
    return "from app.labs.gallery import gallery_picture\n", f"picture = gallery_picture({picture!r})"


def strength_code(picture: str | None, request: StrengthRequest, model: str) -> str:
    """Return the code of image-to-image: `result.pictures[i]` at strength i, `result.moved`."""
    imported, loaded = _picture_lines(picture)
    return f"""{_opened(imported + "from app.labs.prompt_edit import StrengthRequest, from_picture", model)}
{loaded}
result = from_picture(model, judge, picture, {request!r}, runtime)
for strength, moved in zip(result.request.strengths, result.moved):
    print(f"strength {{strength:g}}: the picture moves by {{moved:.3f}}")
to_sheet(result.pictures, columns=len(result.pictures), gap=2).save("strengths.png")
"""


def mask_code(picture: str | None, ask: GenerateRequest, mask: str, side: int, model: str) -> str:
    """Return the code of inpainting. mask: as the page writes it, 4 cells a hexadecimal digit."""
    imported, loaded = _picture_lines(picture)
    lines = imported + "from app.labs.prompt_edit import InpaintRequest, inpaint, mask_of_text"
    return f"""{_opened(lines, model)}
{loaded}
mask = mask_of_text({mask!r}, {side})
request = {ask!r}
result = inpaint(model, judge, picture, InpaintRequest(request, mask), runtime)
to_picture(result.after[0]).save("inpainted.png")
print("largest change of the latent outside the mask:", (result.x - result.x0).abs()[..., ~result.mask].max())
"""
