"""The Pipeline tab in a real browser: what is on the screen is what the library computes for the same settings."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.generate import GenerateRequest, generate
from app.labs.pipeline import run_pipeline
from app.store.catalogue import Catalogue
from app.ui.tabs.pipeline import OPENING, PRESETS
from tests.ui.looking import draws, pixels, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

SCRUBBER, RIBBON = "#pipeline-scrubber", "#pipeline-ribbon"
SHOWN = f"{SCRUBBER} .lab-main canvas"


def expected(catalogue: Catalogue, request: GenerateRequest) -> np.ndarray:
    return to_bytes(generate(catalogue.denoiser("generator"), request, choose_runtime()).picture)[0]


def press_generate(page: Page) -> None:
    before = draws(page, RIBBON)
    page.locator("#pipeline-generate").click()
    wait_for_draw(page, RIBBON, before)


def test_the_opening_picture_is_there_before_any_click(page: Page, catalogue: Catalogue) -> None:
    wait_for_draw(page, SCRUBBER)
    np.testing.assert_array_equal(pixels(page.locator(SHOWN)), expected(catalogue, OPENING))


def test_the_picture_follows_every_setting(page: Page, catalogue: Catalogue) -> None:
    wait_for_draw(page, RIBBON)
    page.get_by_label("Caption", exact=True).fill("a large green cup on a black background")
    page.get_by_label("Seed", exact=True).fill("42")
    page.locator("#pipeline-steps input[type=number]").fill("6")
    page.locator("#pipeline-guidance input[type=number]").fill("5")
    page.get_by_label("Sampler", exact=True).click()
    page.get_by_role("option", name="heun").click()
    press_generate(page)
    request = GenerateRequest("a large green cup on a black background", seed=42, steps=6, guidance=5.0, sampler="heun")
    wait_for_draw(page, SCRUBBER, 1)
    np.testing.assert_array_equal(pixels(page.locator(SHOWN)), expected(catalogue, request))
    np.testing.assert_array_equal(pixels(page.locator(f"{RIBBON} .at-picture img")), expected(catalogue, request))


def test_the_ribbon_names_true_shapes_and_numbers(page: Page, catalogue: Catalogue) -> None:
    wait_for_draw(page, RIBBON)
    result = run_pipeline(catalogue.denoiser("generator"), OPENING, choose_runtime())
    shapes = {
        "features": result.features.shape,
        "noise": result.generated.start.shape[1:],
        "film": result.generated.trail[0].x.shape[1:],
        "end": result.generated.trail[-1].x.shape[1:],
        "picture": result.generated.picture.shape[1:],
    }
    for name, shape in shapes.items():
        station = page.locator(f"{RIBBON} .at-{'denoise' if name == 'film' else name}")
        expect(station.locator(".lab-shape")).to_have_text(" × ".join(map(str, shape)))
        expect(station).to_contain_text(f"{shape.numel():,} numbers")
    words = page.locator(f"{RIBBON} .at-words li").all_inner_texts()
    assert words[1:] == OPENING.caption.split()
    assert len(words) == len(result.features)


def test_the_slider_shows_each_moment_by_keyboard_and_asks_the_server_nothing(page: Page, catalogue: Catalogue) -> None:
    wait_for_draw(page, SCRUBBER)
    wait_until_quiet(page)
    moments = run_pipeline(catalogue.denoiser("generator"), OPENING, choose_runtime()).moments
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("denoising step").focus()
    page.keyboard.press("Home")
    for k in (0, 1, 2):
        page.wait_for_selector(f"{SCRUBBER} [data-shown='{k}']")
        np.testing.assert_array_equal(pixels(page.locator(SHOWN)), to_bytes(moments.decoded)[k])
        expect(page.locator(f"{SCRUBBER} output")).to_have_text(f"step {k} of {OPENING.steps}")
        page.keyboard.press("ArrowRight")
    assert [address for address in asked if "heartbeat" not in address] == []


def test_play_runs_from_noise_to_the_picture(page: Page) -> None:
    wait_for_draw(page, SCRUBBER)
    page.evaluate(
        """() => { const widget = document.querySelector('#pipeline-scrubber [data-shown]'); window.seen = [];
          new MutationObserver(() => window.seen.push(+widget.dataset.shown))
            .observe(widget, {attributes: true, attributeFilter: ['data-shown']}); }"""
    )
    play = page.locator(f"{SCRUBBER} button")
    play.click()
    expect(play).to_have_text("Pause")
    expect(play).to_have_text("Play")
    page.wait_for_selector(f"{SCRUBBER} [data-shown='{OPENING.steps}']")
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_a_preset_sets_the_widgets_and_generates(page: Page, catalogue: Catalogue) -> None:
    wait_for_draw(page, SCRUBBER)
    page.get_by_role("button", name="Only 2 steps").click()
    wait_for_draw(page, SCRUBBER, 1)
    request = PRESETS["Only 2 steps"]
    np.testing.assert_array_equal(pixels(page.locator(SHOWN)), expected(catalogue, request))
    expect(page.get_by_label("Caption", exact=True)).to_have_value(request.caption)
    expect(page.locator("#pipeline-steps input[type=number]")).to_have_value("2")
    expect(page.get_by_role("button", name="Only 2 steps")).to_have_attribute("aria-pressed", "true")


def test_next_seed_counts_up(page: Page, catalogue: Catalogue) -> None:
    wait_for_draw(page, SCRUBBER)
    page.get_by_role("button", name="Next seed").click()
    wait_for_draw(page, SCRUBBER, 1)
    expect(page.get_by_label("Seed", exact=True)).to_have_value(str(OPENING.seed + 1))
    request = GenerateRequest(OPENING.caption, seed=OPENING.seed + 1)
    np.testing.assert_array_equal(pixels(page.locator(SHOWN)), expected(catalogue, request))


def test_an_unknown_word_is_a_friendly_note_and_runs_nothing(page: Page) -> None:
    """The note may hold what was typed, and gradio renders notes as HTML: it must arrive as text."""
    wait_for_draw(page, RIBBON)
    page.get_by_label("Caption", exact=True).fill("a red <img/src=x/onerror=document.title='taken'>")
    page.get_by_label("Caption", exact=True).press("Enter")
    note = page.get_by_test_id("toast-body")
    expect(note).to_contain_text("never seen the word")
    expect(note).to_contain_text("<img/src=x")
    assert page.title() == "Latent Lab"
    assert draws(page, RIBBON) == 1
    page.get_by_label("Caption", exact=True).fill("a red umberella")
    page.locator("#pipeline-generate").click()
    expect(page.get_by_text("Nearest: umbrella")).to_be_visible()
    page.get_by_label("Caption", exact=True).fill("a red umbrella")
    press_generate(page)
