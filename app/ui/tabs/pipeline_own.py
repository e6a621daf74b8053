"""Pipeline, part 'own': a visitor's picture is encoded, noised up to a level, denoised with the caption, decoded."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from app.figures.exports import film_gif, npz_bytes
from app.figures.latents import groups_png
from app.figures.pass_through import pass_facts, pass_groups, pass_sprites
from app.figures.pipeline import moment_frames
from app.labs.gallery import NAMES, SIDE
from app.labs.pass_through import PassRequest, PassResult, pass_through
from app.labs.snippets_pipeline import pass_code
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.encode_source import code_picture, on_upload, picture_of
from app.ui.tabs.pipeline_source import SHARED, TAB, Source, doors_of, encode_door, request_of
from app.ui.tabs.shelf import OWN, picture_shelf
from app.ui.widgets.base import widget
from app.ui.widgets.ribbon_value import Door, pass_value, scrubber_value
from app.ui.widgets.values import panels_value

NO_ENCODER = "No denoiser here works on latents, so there is no encoder to send a picture through."


def build_own(services: Services, source: Source) -> Part | None:
    """Lay out the part."""
    cards = services.catalogue.cards
    if not any(cards[name].partner for name in services.catalogue.names("denoiser")):
        gr.Markdown(NO_ENCODER)
        return None
    with columns(4, 8) as (left, right):
        with left:
            picture, own, key = _choose_picture()
            label = "Strength: how much noise"
            strength = gr.Slider(0, 1, 0.7, step=0.05, label=label, elem_id="pipeline-own-strength")
        with right:
            panels = widget("panels", elem_id="pipeline-own-panels")
            scrubber = widget("scrubber", elem_id="pipeline-own-scrubber")
    ribbon = widget("ribbon", elem_id="pipeline-own-ribbon")

    def result(values: Values) -> PassResult:
        _, chosen = picture_of({**values, "size": str(SIDE)})
        model = services.catalogue.denoiser(str(values["model"]))
        return pass_through(model, chosen, pass_request(values), services.runtime)

    def run(values: Values) -> Iterator[Any]:
        yield Progress("the picture goes through the model")
        yield _shown(result(values), values)

    return Part(
        TAB,
        "own",
        settings={**source.settings, "picture": picture, "strength": strength},
        outputs=[panels, scrubber, ribbon],
        run=run,
        code=lambda values: pass_code(pass_request(values), str(values["model"]), code_picture(values)),
        downloads=_downloads(result),
        extras={"own": own},
        triggers=[picture.change, key.change],
        live=["strength"],
        shared=SHARED,
    )


def _choose_picture() -> tuple[gr.Dropdown, gr.Image, gr.Textbox]:
    """Lay out the gallery and the upload; returns the name, the visitor's picture, and which of them it is."""
    title = "The picture that goes in"
    picture = picture_shelf(title, NAMES[1], elem_id="pipeline-own-shelf", field_id="pipeline-own-picture")
    key = gr.Textbox("", visible="hidden", elem_id="pipeline-own-key", label="which of the visitor's pictures")
    with gr.Accordion("Your own picture", open=False, elem_id="pipeline-own-upload-door"):
        own = PictureInput(
            label="Your own picture",
            type="pil",
            sources=["upload", "webcam", "clipboard"],
            height=200,
            elem_id="pipeline-own-upload",
        )
    gr.on([own.input, own.clear], on_upload, own, [picture, own, key], **ON_CPU)
    return picture, own, key


def _downloads(result: Callable[[Values], PassResult]) -> dict[str, Callable[[Values], Download]]:
    return {
        "PNG": lambda values: Download("through.png", groups_png(pass_groups(result(values)))),
        "GIF of the run": lambda values: Download("through.gif", _gif(result(values))),
        ".npz of the latents": lambda values: Download("through.npz", npz_bytes(_arrays(result(values)))),
    }


def pass_request(values: Values) -> PassRequest:
    """Translate the widgets."""
    return PassRequest(request_of(values), float(values["strength"]))


def _shown(result: PassResult, values: Values) -> list[Any]:
    panels = panels_value(pass_groups(result), pass_facts(result))
    film = scrubber_value(pass_sprites(result), result.moments, True, len(result.moments.done) - 1)
    return [panels, film, pass_value(result, {**doors_of(values), **encode_doors(result.encoded.request.vae, values)})]


def encode_doors(vae: str, values: Values) -> dict[str, Door]:
    """The way to the Encode lab, with the same VAE and, if it is of the gallery, the same picture."""
    settings = {"vae": vae}
    if values["picture"] != OWN:
        settings["picture"] = str(values["picture"])
    return {
        "input": encode_door("picture", "in Encode: what is kept", settings),
        "posterior": encode_door("cell", "in Encode: one cell in numbers", settings),
        "latent": encode_door("surgery", "in Encode: surgery", settings),
    }


def _gif(result: PassResult) -> bytes:
    return film_gif(moment_frames(pass_sprites(result)), side=576)


def _arrays(result: PassResult) -> dict[str, Any]:
    encoded, moments = result.encoded, result.moments
    return {"mean": encoded.mean, "logvar": encoded.logvar, "z": encoded.z, "x": moments.x, "x0": moments.x0}
