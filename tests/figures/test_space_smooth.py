"""A VAE and the denoisers in its latents have one colour, on the page and in files; no two VAEs share one."""

import torch

from app.figures.exports import ink
from app.figures.parts import Chart
from app.figures.space_smooth import gain_chart, smooth_chart
from app.labs.generate import GenerateRequest
from app.labs.latent_trajectory import Trajectory
from app.labs.smoothness import Smoothness
from app.ui.widgets.values import charts_value

TITLES = {f"small_kl{weight}": f"small_kl{weight}, a rung" for weight in ("0", "1e-6", "1e-4", "1e-2", "1")}
RUNS = [("race_kl0", "small_kl0"), ("race_kl1", "small_kl1"), ("generator", "f4c4")]


def trajectory(model: str, vae: str) -> Trajectory:
    return Trajectory(model, vae, GenerateRequest("a red star"), (0.1, 0.2), (0.01, 0.02), torch.zeros(3, 3, 8, 8))


def inks(chart: Chart) -> dict[str, str]:
    return {one.name: ink(one, index) for index, one in enumerate(chart.series)}


def test_a_denoiser_has_the_colour_of_its_vae_in_both_charts() -> None:
    sizes = (0.1, 1.0)
    measured = [Smoothness(name, sizes, (0.1, 0.2), (0.1, 0.1), (0.2, 0.3), 8) for name in TITLES]
    runs = [trajectory(*names) for names in RUNS]
    meter, gains = inks(smooth_chart(measured, TITLES, runs)), inks(gain_chart(runs, TITLES))
    assert len({meter[title] for title in TITLES.values()}) == len(TITLES)
    for model, vae in RUNS[:2]:
        assert meter[f"steps of {model}"] == gains[model] == meter[TITLES[vae]]
    assert meter["steps of generator"] == gains["generator"]
    assert meter["steps of generator"] not in {meter[title] for title in TITLES.values()}


def test_the_page_is_told_the_number_of_the_colour() -> None:
    value = charts_value([gain_chart([trajectory("race_kl1", "small_kl1")], TITLES)])
    assert '"colour":4' in value["data"]
