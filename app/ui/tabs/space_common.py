"""What the parts of the Latent space tab share: which models there are, and long labs as progress on the page."""

from time import monotonic_ns
from typing import Any, NamedTuple

import gradio as gr
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadUpload
from app.core.pictures import to_tensor
from app.data.uploads import fit_square
from app.figures.space_smooth import rung_title
from app.labs.gallery import NAMES, SCENES, SIDE
from app.labs.latent_manifold import Levels, real_distance
from app.labs.latent_paths import end_picture
from app.labs.snippets_space import end_code
from app.ui.errors import show_problem
from app.ui.events import ON_CPU
from app.ui.image_input import PictureInput
from app.ui.kept import picture_key
from app.ui.part import Values
from app.ui.services import Services
from app.ui.tabs.encode_source import MAIN as MAIN_VAE
from app.ui.tabs.encode_source import NO_PICTURE, on_upload, scene_vaes
from app.ui.tabs.shelf import OWN

__all__ = ["scene_vaes"]

TAB, MAIN, JUDGE = "space", "generator", "judge"
LADDER = ("small_kl0", "small_kl1e-6", "small_kl1e-4", "small_kl1e-2", "small_kl1")
"""Autoencoders that differ in their KL weight alone, by rising weight."""
OTHERWISE = (MAIN_VAE, "f8c4")
ON_MAP = "a scene of the map"
"""The name of an end that is a point of the map; which one, a number beside it says."""


def rungs(services: Services) -> dict[str, str]:
    """Return the KL ladder as far as it is there, by name with titles; fewer than two: other VAEs stand in."""
    there = services.catalogue.names("vae")
    names = [name for name in LADDER if name in there]
    if len(names) < 2:
        names += [name for name in OTHERWISE if name in there]
    cards = services.catalogue.cards
    return {name: rung_title(name, float(cards[name].config["kl_weight"])) for name in names}


def missing_rungs(services: Services) -> str:
    """Return a sentence that says what of the ladder is not there, '' if all of it is."""
    missing = [name for name in LADDER if name not in services.catalogue.names("vae")]
    return (
        f"Not here: {', '.join(missing)}. `python -m app train NAME --out checkpoints/NAME` makes one."
        if missing
        else ""
    )


def say_missing(*names: str) -> None:
    """Say on the page what a part needs and does not have."""
    gr.Markdown(f"This part needs {' and '.join(names)}, which is not among the checkpoints here.")


def has(services: Services, kind: str, name: str) -> bool:
    """Whether a model is there."""
    return name in services.catalogue.names(kind)


def real_level(services: Services) -> Levels:
    """Return how far real scenes are from their redrawings; measured once."""
    judge, runtime = services.catalogue.judge(), services.runtime
    return services.kept.get(("space real", judge.card.weights_sha256), lambda: real_distance(judge, runtime))


class End(NamedTuple):
    """The widgets of one picture. sent: a hidden field that changes whenever the visitor sends or removes their own."""

    choice: gr.Dropdown
    scene: gr.Number
    own: PictureInput
    sent: gr.Textbox


def end_widgets(part: str, letter: str, default: str, number: int) -> End:
    """Lay out the choice of one picture: of the gallery, a scene of the map by its number, or the visitor's own."""
    name = f"{TAB}-{part}-{letter.lower()}"
    title = f"Picture {letter}" if letter else "Picture"
    choices = [*((known, known) for known in (ON_MAP, *NAMES)), ("your own picture", OWN)]
    choice = gr.Dropdown(choices, value=default, label=title, elem_id=f"{name}-name")
    scene = gr.Number(number, label="… its number, if a scene of the map", precision=0, minimum=0, maximum=4999)
    with gr.Accordion(f"{title}: your own", open=False, elem_id=f"{name}-own"):
        own = PictureInput(label=f"{title}: your own", type="pil", height=180, elem_id=f"{name}-upload")
    sent = gr.Textbox("", visible="hidden", elem_id=f"{name}-sent", label="when the visitor sent a picture")

    def take(picture: Image.Image | BadUpload | None) -> tuple[Any, Any, Any]:
        chosen, kept, _ = on_upload(picture, default)
        return chosen, kept, gr.skip() if isinstance(picture, BadUpload) else str(monotonic_ns())

    gr.on([own.input, own.clear], take, own, [choice, own, sent], **ON_CPU)
    return End(choice, scene, own, sent)


def own_of(values: Values, letter: str) -> Image.Image | None:
    """Return the visitor's picture if it is the one that is chosen."""
    own = values.get(f"own_{letter}")
    return own if values[letter] == OWN and isinstance(own, Image.Image) else None


def say_no_picture(values: Values, *letters: str) -> None:
    """Say so where the address asks for somebody's own picture: one of the gallery stands in for it."""
    if any(values[letter] == OWN and own_of(values, letter) is None for letter in letters):
        show_problem(NO_PICTURE)


def end_name(values: Values, letter: str) -> str:
    """Return the name of the picture that is chosen, ON_MAP for a scene of the map, '' for the visitor's own."""
    if own_of(values, letter) is not None:
        return ""
    return SCENES[0] if values[letter] == OWN else str(values[letter])


def end_tensor(values: Values, letter: str) -> Float[Tensor, "1 3 s s"]:
    """Return the picture that is chosen."""
    own = own_of(values, letter)
    if own is not None:
        return to_tensor(fit_square(own, SIDE))[None]
    return end_picture(end_name(values, letter), int(values[f"{letter}_scene"]))


def end_key(values: Values, letter: str) -> tuple[str, int, str]:
    """Return what stands for that picture in a key."""
    return end_name(values, letter), int(values[f"{letter}_scene"]), picture_key(own_of(values, letter))


def end_line(values: Values, letter: str) -> str:
    """Return the code of that picture."""
    name, own = end_name(values, letter), own_of(values, letter) is not None
    return end_code(name, int(values[f"{letter}_scene"]), own)


def is_scene(values: Values, letter: str) -> bool:
    """Whether the picture that is chosen is of the world that the judge knows: no photograph, no visitor's own."""
    return end_name(values, letter) in (ON_MAP, *SCENES)


@torch.inference_mode()
def latent_of(services: Services, vae: str, picture: Float[Tensor, "1 3 s s"]) -> Float[Tensor, "1 c h w"]:
    """Return the posterior mean of a picture."""
    return services.catalogue.vae(vae).network.encode(services.runtime.put(picture)).mean.float().cpu()
