"""The tab Latent space: where pictures lie, what lies between them, and what the space does when one moves in it."""

import gradio as gr

from app.labs.gallery import SCENES
from app.ui.layout import parts_of
from app.ui.part import PartTab
from app.ui.services import Services
from app.ui.tabs.space_channels import build_channels
from app.ui.tabs.space_common import ON_MAP, TAB
from app.ui.tabs.space_holes import build_holes
from app.ui.tabs.space_map import build_map
from app.ui.tabs.space_pad import build_pad
from app.ui.tabs.space_smooth import build_smooth
from app.ui.tabs.space_sums import build_sums
from app.ui.tabs.space_walk import build_walk

CAT = "cat's eye"
ROUND = "a large plain {} in the centre on a {} background"

PARTS = (
    PartTab(
        "map",
        "Map",
        "### Which pictures are neighbours in the latent?\n"
        "Point at dots, click one to decode it, and change what the colours mean.",
        build_map,
        presets={
            "Neighbours share the background": {"colour": "background", "method": "UMAP"},
            "… but hardly what the thing is": {"colour": "kind_a", "method": "UMAP"},
            "Two axes of largest variance": {"colour": "background", "method": "PCA"},
            "Where it is": {"colour": "place", "method": "PCA"},
        },
    ),
    PartTab(
        "pad",
        "Pad",
        "### What lies between two digits?\nHere a picture is a latent of only two numbers: drag over the whole space.",
        build_pad,
        presets={
            "The middle": {"point": "0.00, 0.00"},
            "Far outside": {"point": "3.60, 3.60"},
            "Just off the centre": {"point": "-0.60, 0.80"},
        },
    ),
    PartTab(
        "walk",
        "Walk",
        "### Which path between two pictures stays among pictures?\nGuess, then reveal what the judge reads on it.",
        build_walk,
        presets={
            "Star to snowman": {"a": SCENES[1], "b": SCENES[3]},
            "One thing to two": {"a": SCENES[0], "b": SCENES[4]},
            "Two scenes of the map": {"a": ON_MAP, "a_scene": 17, "b": ON_MAP, "b_scene": 3},
            "Finer, with more steps": {"frames": 32, "steps": 20},
        },
    ),
    PartTab(
        "smooth",
        "Smoothness",
        "### Does a small step in the latent make a small step in the picture?\n"
        "Guess which KL weight makes the calmest space, then measure.",
        build_smooth,
        presets={
            "Another scene and push": {"seed": 5},
            "A caption of two things": {
                "caption": "a small yellow crown above a large striped blue cup on a black background"
            },
        },
    ),
    PartTab(
        "holes",
        "Holes",
        "### Is there a picture at every point?\nDraw latents from the prior and see what every decoder makes of them.",
        build_holes,
        presets={
            "The prior N(0, 1)": {"measured": 0},
            "With the measured spread": {"measured": 1},
        },
    ),
    PartTab(
        "sums",
        "Arithmetic",
        "### Can one calculate with pictures?\n"
        "A − B + C: take a factor away, put another in, and let the judge grade the sum.",
        build_sums,
        presets={
            "Change the background": {},
            "Change the colour": {
                "a": ROUND.format("green square", "white"),
                "b": ROUND.format("red square", "white"),
                "c": ROUND.format("red circle", "white"),
            },
            "Change the thing": {
                "a": ROUND.format("blue star", "white"),
                "b": ROUND.format("blue circle", "white"),
                "c": ROUND.format("red circle", "white"),
            },
            "Move it": {
                "a": "a large plain red star at the top left on a grey background",
                "b": "a large plain red star at the bottom right on a grey background",
                "c": "a large plain yellow heart at the bottom right on a grey background",
            },
        },
    ),
    PartTab(
        "channels",
        "Channels",
        "### What does one channel stand for?\n"
        "Push a channel everywhere at once; then read the latent as three colours, without a decoder.",
        build_channels,
        presets={"A photograph": {"picture": CAT}, "Far beyond the data": {"stds": 6}},
    ),
)


def build(services: Services) -> gr.Tabs:
    """Lay out the tab; returns the tabs of its parts."""
    return parts_of(TAB, PARTS, services)
