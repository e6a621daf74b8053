"""Pipeline, part 'own': a visitor's picture is encoded, noised up to a level, denoised with the caption, decoded."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import gradio as gr

from app.figures.exports import film_gif, npz_bytes
from app.figures.latents import groups_png
from app.figures.pass_through import pass_facts, pass_groups, pass_sprites
from app.figures.pipeline import moment_frames
from app.labs.gallery import NAMES, SIDE
from app.labs.pass_through import PassRequest, PassResult, pass_steps
from app.labs.snippets_pipeline import pass_code
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.kept import picture_key
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import code_picture, on_upload, picture_of
from app.ui.tabs.pipeline_source import (
    FROM_NOISE,
    GALLERY,
    RUN,
    SHARED,
    TAB,
    Source,
    door,
    doors_of,
    finished,
    request_of,
)
from app.ui.tabs.shelf import OWN, offer_own, shelf_and_field
from app.ui.widgets.base import widget
from app.ui.widgets.ribbon_value import Door, pass_value, scrubber_value
from app.ui.widgets.values import panels_value

OPENING = NAMES[1]
NO_ENCODER = "No denoiser here works on latents, so there is no encoder to send a picture through."


def build_own(services: Services, source: Source) -> Part | None:
    """Lay out the part."""
    cards = services.catalogue.cards
    if not any(cards[name].partner for name in services.catalogue.names("denoiser")):
        gr.Markdown(NO_ENCODER)
        return None
    with columns(4, 8) as (left, right):
        with left:
            picture, own, key = choose_picture()
            label = "Strength: how much noise"
            strength = gr.Slider(0, 1, 0.7, step=0.05, label=label, elem_id="pipeline-own-strength")
        with right:
            panels = widget("panels", elem_id="pipeline-own-panels")
            scrubber = widget("scrubber", elem_id="pipeline-own-scrubber")
    ribbon = widget("ribbon", elem_id="pipeline-own-ribbon")

    def run(values: Values) -> Iterator[Any]:
        for step in passing(services, values):
            yield step if isinstance(step, Progress) else _shown(step, values)

    def result(values: Values) -> PassResult:
        return finished(passing(services, values))

    return Part(
        TAB,
        "own",
        settings={**source.settings, "picture": picture, "strength": strength},
        outputs=[panels, scrubber, ribbon],
        run=run,
        code=lambda values: pass_code(pass_request(values), str(values["model"]), code_picture(values, OPENING)),
        downloads=_downloads(result),
        extras={"own": own},
        triggers=[picture.change, key.change],
        live=["strength"],
        shared=SHARED,
    )


def choose_picture() -> tuple[gr.Dropdown, gr.Image, gr.Textbox]:
    """Lay out the gallery and the upload; returns the name, the visitor's picture, and which of them it is."""
    title = "The picture that goes in"
    names = ("pipeline-own-shelf", "pipeline-own-picture")
    shelf, picture = shelf_and_field(title, OPENING, elem_id=names[0], field_id=names[1])
    key = gr.Textbox("", visible="hidden", elem_id="pipeline-own-key", label="which of the visitor's pictures")
    with gr.Accordion("Your own picture", open=False, elem_id="pipeline-own-upload-door"):
        own = PictureInput(
            label="Your own picture",
            type="pil",
            sources=["upload", "webcam", "clipboard"],
            height=200,
            elem_id="pipeline-own-upload",
        )
    offer_own(shelf, own)
    gr.on([own.input, own.clear], lambda sent: on_upload(sent, OPENING), own, [picture, own, key], **ON_CPU)
    return picture, own, key


def _downloads(result: Callable[[Values], PassResult]) -> dict[str, Callable[[Values], Download]]:
    return {
        "PNG": lambda values: Download("through.png", groups_png(pass_groups(result(values)))),
        "GIF of the run": lambda values: Download("through.gif", _gif(result(values))),
        ".npz of the latents": lambda values: Download("through.npz", npz_bytes(_arrays(result(values)))),
    }


def passing(services: Services, values: Values) -> Iterator[Progress | PassResult]:
    """Yield Progress at every step of the picture's way, then the result; or the result that is kept."""
    request, model = pass_request(values), services.catalogue.denoiser(str(values["model"]))
    name, picture = picture_of({**values, "size": str(SIDE)}, OPENING)
    key = ("pass", model.card.name, request, name or picture_key(picture))

    def go() -> Generator[Progress, None, PassResult]:
        yield Progress("the encoder reads the picture", 0.0)
        for item in pass_steps(model, picture, request, services.runtime):
            if isinstance(item, PassResult):
                return item
            yield Progress(f"step {item.step} of {request.steps}", item.step / (request.steps + 1))
        raise AssertionError("the last item is the result")

    yield (yield from services.kept.run(key, go))


def pass_request(values: Values) -> PassRequest:
    """Translate the widgets."""
    return PassRequest(request_of(values), float(values["strength"]))


def _shown(result: PassResult, values: Values) -> list[Any]:
    panels = panels_value(pass_groups(result), pass_facts(result))
    film = scrubber_value(pass_sprites(result), result.moments, True)
    return [panels, film, pass_value(result, pass_doors(result.encoded.request.vae, values))]


def pass_doors(vae: str, values: Values) -> dict[str, Door]:
    """Return where stations and networks lead: with the same VAE and seed and, if it is of the gallery, the picture."""
    own = values["picture"] == OWN
    picture = {} if own else {"picture": str(values["picture"])}
    note = GALLERY if own else ""
    coded = {"vae": vae, **picture}
    drawn, run = {**coded, "seed": values["seed"]}, {name: values[name] for name in RUN}
    sent, doors = {**picture, **run, "own_strength": values["strength"]}, doors_of(values, vae)
    return {
        **doors,
        "input": door("encode", "picture", f"in Encode: what is kept{note}", coded),
        "encode": door("encode", "bits", f"in Encode: where the bits go{note}", coded),
        "posterior": door("encode", "cell", f"in Encode: one cell in numbers{note}", drawn),
        "latent": door("encode", "surgery", f"in Encode: surgery{note}", drawn),
        "decode": door("encode", "draws", f"in Encode: eight draws, decoded{note}", drawn),
        "noise": door("denoise", "noise", f"in Denoise: add noise{note}", drawn),
        "film": doors["film"]._replace(says=f"{doors['film'].says}{FROM_NOISE}"),
        "picture": door("prompt", "strength", f"in Prompt: how much survives?{note}", sent),
    }


def _gif(result: PassResult) -> bytes:
    return film_gif(moment_frames(pass_sprites(result)), side=576)


def _arrays(result: PassResult) -> dict[str, Any]:
    encoded, moments = result.encoded, result.moments
    return {"mean": encoded.mean, "logvar": encoded.logvar, "z": encoded.z, "x": moments.x, "x0": moments.x0}
