"""The Prompt tab: how a caption steers the denoiser, word by word and step by step."""

import gradio as gr

from app.ui.layout import parts_of
from app.ui.part import PartTab
from app.ui.services import Services
from app.ui.tabs.prompt_attention import build_attention
from app.ui.tabs.prompt_bench import NO_MODEL, STAR, TAB, generator_name
from app.ui.tabs.prompt_mask import build_mask
from app.ui.tabs.prompt_pair import build_pair
from app.ui.tabs.prompt_strength import build_strength
from app.ui.tabs.prompt_sweep import build_sweep
from app.ui.tabs.prompt_switch import build_switch
from app.ui.tabs.prompt_unseen import build_unseen
from app.ui.tabs.prompt_words import build_drop

QUESTION = (
    "## How does a caption steer the picture?\n"
    "The denoiser reads the caption at every step. Push it, take words away, change it midway."
)
TWO_THINGS = "a large yellow heart to the left of a small blue anchor on a black background"
RED_STAR = "a large plain red star at the top left on a white background"
BLUE_STAR = "a large dotted blue star at the bottom right on a black background"

PARTS = [
    PartTab(
        "sweep",
        "How strong?",
        "### How strongly should the caption be followed?\n"
        "Guidance exaggerates what the caption changes. You see weights 0 and 1; guess, then draw the others.",
        build_sweep,
        presets={
            "Two things": {"caption": TWO_THINGS, "seed": 4},
            "Steer away from red": {"caption": "a large star in the centre", "negative": "a red star"},
            "Where the texture fails": {"caption": STAR, "seed": 1},
            "No caption at all": {"caption": ""},
        },
    ),
    PartTab(
        "attention",
        "Which word where?",
        "### Which cells read each word?\n"
        "Point at a word or tab to it: the picture is lit where the denoiser reads that word. Move through the steps.",
        build_attention,
        presets={
            "Two things": {"caption": TWO_THINGS, "seed": 4},
            "Bottom right": {"caption": "a small plain yellow cup at the bottom right on a grey background", "seed": 3},
        },
    ),
    PartTab(
        "drop",
        "Drop a word",
        "### What does each word do?\n"
        "Guess which word matters most. Then every word is left out in turn, from the same noise.",
        build_drop,
        presets={
            "Two things": {"caption": "a yellow heart above a blue anchor", "seed": 4},
            "Said with 'there is'": {"caption": "there is a large dotted pink crown", "seed": 2},
        },
    ),
    PartTab(
        "pair",
        "Two captions",
        "### What does the noise decide, and what the caption?\n"
        "Both runs start from the same noise. Guess when they part, then scrub through them.",
        build_pair,
        presets={
            "Only the place differs": {"other": "a small striped red star at the bottom right on a blue background"},
            "Only the thing differs": {"other": "a small striped red cup at the top left on a blue background"},
            "The same, worded otherwise": {"other": "a little striped red star in the top left corner on blue"},
            "A caption and none": {"other": ""},
        },
    ),
    PartTab(
        "switch",
        "Change your mind",
        "### Until when can the caption still be changed?\n"
        "The run starts with one caption and goes on with another. You see each alone; guess, then change midway.",
        build_switch,
        presets={
            "A star that moves and darkens": {"caption": RED_STAR, "then": BLUE_STAR, "seed": 1},
            "Only the colour changes": {"then": "a small plain yellow cup on the left on a grey background"},
            "Only the place changes": {"then": "a small plain green cup on the right on a grey background"},
            "Only the thing changes": {"then": "a small plain green heart on the left on a grey background"},
        },
    ),
    PartTab(
        "unseen",
        "Never seen",
        "### Can it draw what it never saw?\n"
        "Training lacked one colour of each thing: no orange star, no blue cat. Guess, then let the judge grade.",
        build_unseen,
        presets={"Stronger guidance": {"guidance": 6.0}, "32 pairs": {"pairs": "32"}},
    ),
    PartTab(
        "strength",
        "From a picture",
        "### How much of a picture survives?\n"
        "Its latent is sent part of the way into the noise and comes back with your caption. Guess how far it must go.",
        build_strength,
        presets={
            "Another thing": {"caption": "a small striped red cup at the top left on a blue background"},
            "A photograph": {"picture": "cat's eye", "caption": "a large plain orange cat in the centre"},
        },
    ),
    PartTab(
        "mask",
        "Paint anew",
        "### Can a part of a picture be drawn anew?\n"
        "Paint cells of the latent: inside them the caption decides, outside the latent is kept.",
        build_mask,
        presets={
            "The star becomes a cup": {
                "caption": "a small striped yellow cup at the top left on a blue background",
                "mask": "ff00" * 8 + "0000" * 8,
            },
            "Everything": {"mask": "f" * 64},
        },
    ),
]


def build(services: Services) -> gr.Tabs | None:
    """Lay out the tab and connect it."""
    if generator_name(services) is None:
        gr.Markdown(NO_MODEL)
        return None
    gr.Markdown(QUESTION, elem_classes="lab-question")
    return parts_of(TAB, PARTS, services)
