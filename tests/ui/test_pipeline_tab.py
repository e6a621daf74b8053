"""The Pipeline tab in a real browser: what is on the screen is what the library computes for the same settings."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.generate import GenerateRequest, generate
from app.labs.pipeline import run_pipeline
from app.store.catalogue import Catalogue
from app.ui.tabs.pipeline import PRESETS
from app.ui.tabs.pipeline_source import OPENING
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

SCRUBBER, RIBBON = "#pipeline-scrubber", "#pipeline-ribbon"
SHOWN = f"{SCRUBBER} .lab-main canvas"


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Page]:
    for page in watched(browser, f"{url}?tab=pipeline"):
        wait_for_draw(page, RIBBON)
        wait_for_draw(page, SCRUBBER)
        yield page


def expected(catalogue: Catalogue, request: GenerateRequest) -> np.ndarray:
    return to_bytes(generate(catalogue.denoiser("generator"), request, choose_runtime()).picture)[0].astype(int)


def check_picture(page: Page, wanted: np.ndarray, place: str = SHOWN) -> None:
    """One thread or two: sums in another order."""
    assert np.abs(pixels(page.locator(place)).astype(int) - wanted).max() <= 2


def press_generate(page: Page) -> None:
    before = draws(page, RIBBON)
    page.locator("#pipeline-generate").click()
    wait_for_draw(page, RIBBON, before)


def test_the_opening_is_there_before_any_click_and_the_ribbon_names_true_shapes(
    tab: Page, catalogue: Catalogue
) -> None:
    check_picture(tab, expected(catalogue, OPENING))
    result = run_pipeline(catalogue.denoiser("generator"), OPENING, choose_runtime())
    shapes = {
        "features": result.features.shape,
        "noise": result.generated.start.shape[1:],
        "film": result.generated.trail[0].x.shape[1:],
        "end": result.generated.trail[-1].x.shape[1:],
        "picture": result.generated.picture.shape[1:],
    }
    for name, shape in shapes.items():
        station = tab.locator(f"{RIBBON} .at-{'denoise' if name == 'film' else name}")
        expect(station.locator(".lab-shape")).to_have_text(" × ".join(map(str, shape)))
        expect(station).to_contain_text(f"{shape.numel():,} numbers")
    words = tab.locator(f"{RIBBON} .at-words li").all_inner_texts()
    assert words[1:] == OPENING.caption.split()
    assert len(words) == len(result.features)


def test_the_picture_follows_every_setting_and_the_next_seed(tab: Page, catalogue: Catalogue) -> None:
    tab.get_by_role("button", name="Seed, steps").click()
    tab.get_by_label("Caption", exact=True).fill("a large green cup on a black background")
    tab.get_by_label("Seed", exact=True).fill("42")
    tab.locator("#pipeline-steps input[type=number]").fill("6")
    tab.locator("#pipeline-guidance input[type=number]").fill("5")
    tab.get_by_label("Sampler", exact=True).click()
    tab.get_by_role("option", name="heun").click()
    press_generate(tab)
    request = GenerateRequest("a large green cup on a black background", seed=42, steps=6, guidance=5.0, sampler="heun")
    check_picture(tab, expected(catalogue, request), f"{RIBBON} .at-picture img")
    before = draws(tab, RIBBON)
    tab.get_by_role("button", name="Next seed").click()
    wait_for_draw(tab, RIBBON, before)
    expect(tab.get_by_label("Seed", exact=True)).to_have_value("43")
    following = GenerateRequest(request.caption, seed=43, steps=6, guidance=5.0, sampler="heun")
    check_picture(tab, expected(catalogue, following), f"{RIBBON} .at-picture img")


def test_the_slider_shows_each_moment_by_keyboard_and_asks_the_server_nothing(tab: Page, catalogue: Catalogue) -> None:
    wait_until_quiet(tab)
    moments = run_pipeline(catalogue.denoiser("generator"), OPENING, choose_runtime()).moments
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.get_by_label("denoising step").focus()
    tab.keyboard.press("Home")
    for k in (0, 1, 2):
        tab.wait_for_selector(f"{SCRUBBER} [data-shown='{k}']")
        check_picture(tab, to_bytes(moments.decoded)[k].astype(int))
        expect(tab.locator(f"{SCRUBBER} output")).to_have_text(f"step {k} of {OPENING.steps}")
        tab.keyboard.press("ArrowRight")
    assert [address for address in asked if "heartbeat" not in address] == []


def test_play_runs_from_noise_to_the_picture(tab: Page) -> None:
    tab.evaluate(
        """() => { const widget = document.querySelector('#pipeline-scrubber [data-shown]'); window.seen = [];
          new MutationObserver(() => window.seen.push(+widget.dataset.shown))
            .observe(widget, {attributes: true, attributeFilter: ['data-shown']}); }"""
    )
    play = tab.locator(f"{SCRUBBER} button")
    play.click()
    expect(play).to_have_text("Pause")
    expect(play).to_have_text("Play")
    tab.wait_for_selector(f"{SCRUBBER} [data-shown='{OPENING.steps}']")
    seen = tab.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_a_preset_sets_the_widgets_generates_and_can_be_kept_as_a_film(tab: Page, catalogue: Catalogue) -> None:
    before = draws(tab, RIBBON)
    tab.get_by_role("button", name="Only 2 steps").click()
    wait_for_draw(tab, RIBBON, before)
    preset = PRESETS["Only 2 steps"]
    expect(tab.get_by_label("Caption", exact=True)).to_have_value(str(preset["caption"]))
    expect(tab.locator(f"{SCRUBBER} output")).to_have_text("step 2 of 2")
    check_picture(tab, expected(catalogue, GenerateRequest(str(preset["caption"]), seed=11, steps=2)))
    with tab.expect_download() as got:
        tab.get_by_role("button", name="GIF of the run").click()
    with Image.open(got.value.path()) as film:
        assert film.n_frames == 3
        assert film.width == 3 * film.height
    tab.locator("#pipeline-walk-reset").click()
    expect(tab.locator(f"{SCRUBBER} output")).to_have_text("step 20 of 20")


def test_an_unknown_word_is_a_friendly_note_and_runs_nothing(tab: Page) -> None:
    """The note may hold what was typed, and gradio renders notes as HTML: it must arrive as text."""
    tab.get_by_label("Caption", exact=True).fill("a red <img/src=x/onerror=document.title='taken'>")
    tab.locator("#pipeline-generate").click()
    note = tab.get_by_test_id("toast-body")
    expect(note).to_contain_text("never seen the word")
    expect(note).to_contain_text("<img/src=x")
    assert tab.title() == "Latent Lab"
    assert draws(tab, RIBBON) == 1
    tab.get_by_label("Caption", exact=True).fill("a red umbrella")
    press_generate(tab)
