"""The Compress tab: what fewer numbers cost and what they buy, from one picture to the whole zoo."""

from collections.abc import Callable

import gradio as gr

from app.labs.compress_ladder import vaes_at_hand
from app.labs.compress_pictures import SIZES
from app.ui.layout import parts_of
from app.ui.links import Value
from app.ui.part import Part, PartTab
from app.ui.services import Services
from app.ui.tabs.compress_cost import build_cost
from app.ui.tabs.compress_ladder import build_ladder
from app.ui.tabs.compress_lost import build_spectrum, build_upscaling
from app.ui.tabs.compress_race import build_race
from app.ui.tabs.compress_rate import build_rate
from app.ui.tabs.compress_source import OPENING, TAB, Source, build_source
from app.ui.tabs.compress_spot import build_spot

QUESTION = (
    "## What do fewer numbers cost, and what do they buy?\n"
    "Stronger compression makes diffusion cheap and loses detail. See where it breaks, and what it saves."
)
NO_MODEL = (
    "## There is no VAE yet\n"
    "Train one with `python -m app train f4c4 --out checkpoints/f4c4`, then start the app again."
)
LARGE, SCENE = {"size": SIZES[1]}, {"picture": OPENING, "size": SIZES[0]}
Preset = dict[str, Value]


def build(services: Services) -> gr.Tabs | None:
    """Lay out the tab and connect it."""
    models = vaes_at_hand(services.catalogue)
    if not models:
        gr.Markdown(NO_MODEL)
        return None
    gr.Markdown(QUESTION, elem_classes="lab-question")
    return parts_of(TAB, [*picture_parts(build_source(), models), *machine_parts()], services)


def picture_parts(source: Source, models: list[str]) -> list[PartTab]:
    """Return the parts that work on the picture chosen above them."""
    coarse, fine = (_with(name, models) for name in ("f8c4", "f4c4"))
    return [
        ladder_tab(source),
        rate_tab(source, coarse, fine),
        upscaling_tab(source, coarse, fine),
        spectrum_tab(source, coarse, fine),
    ]


def _with(name: str, models: list[str]) -> Preset:
    return {"vae": name} if name in models else {}


def _on(source: Source, build_part: Callable[[Services, Source], Part]) -> Callable[[Services], Part]:
    return lambda services: build_part(services, source)


def ladder_tab(source: Source) -> PartTab:
    """One picture through every VAE."""
    return PartTab(
        "ladder",
        "The ladder",
        "### Where does the texture go?\n"
        "One picture through every VAE at hand. Guess which rung destroys the texture first, then see.",
        _on(source, build_ladder),
        presets={
            "A checkered thing": SCENE,
            "Thin lines": {"picture": "thin lines"},
            "Small text": {"picture": "small text"},
            "Grass": {"picture": "grass"},
            "A photograph in its own size": {"picture": "motorcycle", **LARGE},
        },
    )


def rate_tab(source: Source, coarse: Preset, fine: Preset) -> PartTab:
    """Real files at equal bytes."""
    return PartTab(
        "rate",
        "Learned or crafted?",
        "### Does a learned code beat JPEG?\n"
        "Every point is a real file of this picture. Guess what has the least error at equal bytes.",
        _on(source, build_rate),
        presets={
            "A scene, as in training": {**SCENE, "bits": 5, **fine},
            "A photograph": {"picture": "lake shore", "bits": 5, **fine},
            "Checks, which no model saw": {"picture": "checks", "bits": 6, **fine},
            "A narrow gap": {"picture": "space shuttle", "bits": 6, **coarse},
        },
    )


def upscaling_tab(source: Source, coarse: Preset, fine: Preset) -> PartTab:
    """Equal numbers of values, three ways back."""
    return PartTab(
        "upscaling",
        "Just upscaling?",
        "### Is a decoder more than an upscaler?\n"
        "The same number of values, kept as a latent and as a small picture. Guess which comes back better.",
        _on(source, build_upscaling),
        presets={
            "Four numbers for 64 pixels": {**SCENE, **coarse},
            "A cat's eye": {"picture": "cat's eye", **coarse},
            "A smooth photograph": {"picture": "space shuttle", **fine},
        },
    )


def spectrum_tab(source: Source, coarse: Preset, fine: Preset) -> PartTab:
    """Which waves pass."""
    return PartTab(
        "spectrum",
        "What is lost?",
        "### Which waves does the bottleneck let through?\n"
        "Guess where the error lies. Then picture, reconstruction and error are split by frequency.",
        _on(source, build_spectrum),
        presets={
            "Checks of 1 to 8 pixels": {"picture": "checks", **coarse},
            "Grass": {"picture": "grass", **coarse},
            "Grass, wider gap": {"picture": "grass", **fine},
            "A large photograph": {"picture": "motorcycle", **LARGE, **coarse},
        },
    )


def machine_parts() -> list[PartTab]:
    """Return the parts about time, memory and the zoo."""
    return [
        PartTab(
            "race",
            "The race",
            "### How much faster is a latent?\n"
            "The same denoiser on pixels and on latents. Guess the lead, then start both watches.",
            build_race,
            presets={
                "A gentle rung": {"rung": "f2c4"},
                "The strongest rung": {"rung": "f16c4"},
                "5 steps": {"steps": 5},
            },
        ),
        PartTab(
            "spot",
            "The sweet spot",
            "### Which rung should a generator work on?\n"
            "To the right a VAE rebuilds better. Guess where a denoiser draws best, then see; click a point.",
            build_spot,
        ),
        PartTab(
            "cost",
            "What would it cost?",
            "### What would your picture cost on this machine?\n"
            "Choose size, compression and steps: operations and memory are counted, seconds come from a self-test.",
            build_cost,
            presets={
                "The sizes of Stable Diffusion v1": {"height": 512, "width": 512, "f": "8", "c": 4, "steps": 50},
                "The same on pixels": {"height": 512, "width": 512, "f": "1"},
                "A poster": {"height": 2048, "width": 1536, "f": "8", "c": 16, "steps": 28, "guidance": 4.0},
                "As here": {"height": 64, "width": 64, "f": "4", "steps": 20, "guidance": 3.0},
            },
        ),
    ]
