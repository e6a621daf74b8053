"""Prompt, part 'mask': paint cells of the latent, and have them drawn anew to fit the caption and what is around."""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from jaxtyping import Float
from torch import Tensor

from app.core.pictures import to_picture
from app.figures.exports import npz_bytes
from app.figures.prompt_edit import inpaint_facts, inpaint_strip
from app.labs.prompt_edit import (
    InpaintRequest,
    InpaintResult,
    as_seen,
    block,
    inpaint_steps,
    mask_of_text,
    text_of_mask,
)
from app.labs.snippets_prompt import mask_code
from app.ui.events import ON_CPU, sent
from app.ui.layout import columns
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.prompt_bench import (
    TAB,
    Working,
    ask_of,
    captions_of,
    entered,
    generator_name,
    models_of,
    result_of,
    run_settings,
    worked,
)
from app.ui.tabs.prompt_source import Source, build_source, key_of, picture_of, say_no_picture
from app.ui.tabs.prompt_values import graded_value, strips_download
from app.ui.widgets.base import packed, png_uri, widget
from app.ui.widgets.values import Json

NAME = "mask"
HEART = "a small plain yellow heart at the bottom right on a blue background"
MOST_MASK = 400
"""Characters of a mask that a browser may send."""


def side_of(services: Services) -> int:
    """Return the side of the latent, from the card: no network is loaded for it."""
    card = services.catalogue.cards[str(generator_name(services))]
    return int(card.config["side"])


def opening_mask(side: int) -> str:
    """Return the mask that the part opens with: the lower right quarter."""
    return text_of_mask(block(side, range(side // 2, side), range(side // 2, side)))


def build_mask(services: Services) -> Part:
    """Lay out the part."""
    side = side_of(services)
    with columns(5, 7) as (left, right):
        with left:
            settings = captions_of(services, NAME, {"caption": ("Caption", HEART)})
            board = widget("mask", elem_id="prompt-mask-board", title="Paint what is to be drawn anew (white)")
            mask = gr.Textbox(opening_mask(side), label="Mask", visible="hidden", elem_id="prompt-mask-mask")
            go = gr.Button("Draw the painted cells anew", variant="primary", elem_id="prompt-mask-go")
            source = build_source(NAME)
            settings |= {"picture": source.picture, "mask": mask, **run_settings(services, NAME, negative=False)}
        with right:
            graded = widget("graded", elem_id="prompt-mask-graded")
    _connect(services, source, mask, board)

    def run(values: Values) -> Iterator[Any]:
        say_no_picture(values)
        result = yield from _result(services, values)
        shown = board_value(result.before[0], side, str(values["mask"]))
        yield [shown, graded_value([inpaint_strip(result)], inpaint_facts(result))]

    def code(values: Values) -> str:
        name = picture_of(values)[0]
        return mask_code(name, ask_of(values), str(values["mask"]), side, str(generator_name(services)))

    return Part(
        TAB,
        NAME,
        settings=settings,
        outputs=[board, graded],
        run=run,
        code=code,
        downloads=_downloads(services),
        extras={"own": source.own},
        triggers=[go.click, *entered(settings)],
    )


def _connect(services: Services, source: Source, mask: gr.Textbox, board: gr.HTML) -> None:
    """Keep the painted mask in its setting, and show a picture to paint on as soon as it is chosen."""
    side = side_of(services)

    def show(picture: str, own: Any, painted: str) -> Json:
        model, _ = models_of(services)
        start = picture_of({"picture": picture, "own": own})[1]
        return board_value(as_seen(model, start, services.runtime), side, painted)

    board.paint(on_paint, None, mask, **ON_CPU)
    gr.on([source.picture.change, source.key.change], show, [source.picture, source.own, mask], board, **ON_CPU)


def on_paint(event: gr.EventData) -> Any:
    """Take the mask that was painted, which the run checks; an event without one changes nothing."""
    mask = sent(event, "mask")
    return mask[:MOST_MASK] if isinstance(mask, str) else gr.skip()


def board_value(before: Float[Tensor, "3 H W"], side: int, mask: str) -> Json:
    """Value of the widget `mask`: the picture as the VAE gives it, under a mask of side x side cells."""
    return packed({"src": png_uri(to_picture(before)), "side": side, "mask": mask})


def _result(services: Services, values: Values) -> Working[InpaintResult]:
    model, judge = models_of(services)
    request = InpaintRequest(ask_of(values), mask_of_text(str(values["mask"]), model.network.config.side))
    picture, key = picture_of(values)[1], (request, key_of(values))
    text = "painted cells drawn anew"
    return worked(services, key, text, lambda: inpaint_steps(model, judge, picture, request, services.runtime))


def _downloads(services: Services) -> dict[str, Any]:
    def result(values: Values) -> InpaintResult:
        return result_of(_result(services, values))

    def arrays(values: Values) -> Download:
        one = result(values)
        return Download("inpaint.npz", npz_bytes({"before": one.x0, "after": one.x, "mask": one.mask.numpy()}))

    return {
        "PNG": lambda values: strips_download("inpaint.png", [inpaint_strip(result(values))]),
        ".npz of the latents": arrays,
    }
