"""The Denoise tab: into the noise and back, when things are decided, branches, steps, a wrong scale, and a game."""

import gradio as gr

from app.ui.layout import parts_of
from app.ui.part import PartTab
from app.ui.services import Services
from app.ui.tabs.denoise_branch import build_branch
from app.ui.tabs.denoise_decide import build_decide
from app.ui.tabs.denoise_game import build_game
from app.ui.tabs.denoise_noise import build_noise
from app.ui.tabs.denoise_quality import build_quality
from app.ui.tabs.denoise_run import BOTH, CAT, TWO, build_run
from app.ui.tabs.denoise_scale import build_scale

PARTS = [
    PartTab(
        "noise",
        "Add noise",
        "### What does noise leave of a picture?\n"
        "Move the slider: the latent drowns, and so does the picture in it. The pixels beside it get as much noise.",
        build_noise,
        {
            "Linear schedule": {"schedule": "linear"},
            "Scaled linear": {"schedule": "scaled_linear"},
            "A photograph": {"picture": "space shuttle"},
        },
    ),
    PartTab(
        "run",
        "Take it away",
        "### What happens at each step?\n"
        "Press *Run*, then scrub or play: everything is in the browser already. The arrows in the plane move along.",
        build_run,
        {
            "50 steps": {"steps": 50},
            "Only 3 steps": {"steps": 3},
            "Fresh noise at every step": {"sampler": "ddpm", "steps": 50},
            "Heun, 10 steps": {"sampler": "heun", "steps": 10},
            "No guidance": {"guidance": 1.0},
            "Far too much guidance": {"caption": CAT, "guidance": 12.0},
            "Noise or clean latent?": {"model": BOTH},
        },
    ),
    PartTab(
        "decide",
        "When is it decided?",
        "### Which is decided last: place, colour, shape or texture?\n"
        "Guess first. Then the judge reads the predicted clean picture after every step of several runs.",
        build_decide,
        {
            "Only thing and colour said": {"caption": "a red heart"},
            "Nothing said": {"caption": ""},
            "Two things": {"caption": TWO},
            "No guidance": {"guidance": 1.0},
        },
    ),
    PartTab(
        "branch",
        "Branch",
        "### Until when can the caption still change its mind?\n"
        "Choose a thumbnail, write another caption, press *Branch*: the run continues from there. It is your own tree.",
        build_branch,
        {"Guidance 1": {"guidance": 1.0}, "Seed 8": {"seed": 8}},
    ),
    PartTab(
        "steps",
        "How many steps?",
        "### From how many steps on does DDIM stop getting better?\n"
        "Guess, then see the shipped measurement; measure one more point yourself.",
        build_quality,
        {"DPM-Solver, 5 steps": {"sampler": "dpm", "steps": 5}, "DDPM, 5 steps": {"sampler": "ddpm", "steps": 5}},
    ),
    PartTab(
        "scale",
        "Wrong scale",
        "### What if the latents are k times too large?\n"
        "The classic slip: a scale constant from another VAE. Guess at which k it does least harm, then run.",
        build_scale,
        {"Hardly any noise": {"strength": 0.2}, "Nearly only noise": {"strength": 0.95}},
    ),
    PartTab(
        "game",
        "Be the denoiser",
        "### Which clean picture is under the noise?\n"
        "Choose among four. The network has the same noisy latent, and no caption either.",
        build_game,
        {
            "Only the place differs, 1 % signal": {"differ": "place", "signal": 1.0},
            "Only the texture differs, 10 % signal": {"differ": "texture", "signal": 10.0},
            "Impossible": {"differ": "texture", "signal": 0.1},
        },
    ),
]


def build(services: Services) -> gr.Tabs:
    """Lay out the tab."""
    return parts_of("denoise", PARTS, services)
