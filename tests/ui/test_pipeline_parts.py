"""Pipeline, the other parts: an own picture, one stage left out, the blueprint, and the doors of the stations."""

from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.figures.blueprint import blueprint_facts
from app.labs.blueprint import blueprint
from app.labs.gallery import NAMES, gallery_picture
from app.labs.generate import GenerateRequest
from app.labs.leave_out import LEFT_OUT, LeaveOutRequest, leave_out
from app.labs.pass_through import PassRequest, pass_through
from app.labs.pipeline import run_pipeline
from app.store.catalogue import Catalogue
from app.ui.tabs.pipeline_source import OPENING
from tests.ui.conftest import watched
from tests.ui.looking import pixels, reveal, wait_for_draw

pytestmark = pytest.mark.browser

RUN = {"caption": "a red star", "seed": 4, "steps": 4}
REQUEST = GenerateRequest("a red star", seed=4, steps=4)


def address(url: str, part: str, **more: object) -> str:
    return f"{url}?" + urlencode({"tab": "pipeline", "part": part, **RUN, **more})


def test_a_picture_goes_through_the_model_and_a_station_opens_its_lab(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    link = address(url, "own", picture=NAMES[7], strength=0.5)
    wanted = pass_through(
        catalogue.denoiser("generator"), gallery_picture(NAMES[7]), PassRequest(REQUEST, 0.5), choose_runtime()
    )
    ribbon = "#pipeline-own-ribbon"
    for page in watched(browser, link):
        wait_for_draw(page, ribbon)
        shown = pixels(page.locator(f"{ribbon} .at-picture img")).astype(int)
        assert np.abs(shown - to_bytes(wanted.picture)[0]).max() <= 2
        expect(page.locator(f"{ribbon} .at-input .lab-shape")).to_have_text("3 × 64 × 64")
        expect(page.locator(f"{ribbon} .at-input")).to_contain_text("12,288 numbers")
        expect(page.locator(f"{ribbon} .at-posterior .lab-shape")).to_have_text("8 × 16 × 16")
        expect(page.locator("#pipeline-own-panels .lab-facts")).to_contain_text("step 500")
        page.locator(f"{ribbon} .at-latent .ribbon-door").click()
        wait_for_draw(page, "#encode-cells")
        expect(page.locator("#encode-surgery-link input")).to_have_value(
            f"{url}?" + urlencode({"tab": "encode", "part": "surgery", "picture": NAMES[7], "seed": 4})
        )


def test_one_stage_is_left_out_at_a_time_after_the_guess(browser: Browser, url: str, catalogue: Catalogue) -> None:
    result = leave_out(catalogue.denoiser("generator"), catalogue.judge(), LeaveOutRequest(REQUEST), choose_runtime())
    panels = "#pipeline-stages-panels"
    for page in watched(browser, address(url, "stages")):
        wait_for_draw(page, panels)
        assert page.locator(f"{panels} .lab-group").count() == 1
        reveal(page, "pipeline-stages")
        wait_for_draw(page, panels, 1)
        groups = page.locator(f"{panels} .lab-group")
        assert groups.count() == 5
        for number, arm in enumerate(result.arms):
            shown = pixels(groups.nth(number).locator("img").nth(1)).astype(int)
            assert np.abs(shown - to_bytes(arm.pictures)[1]).max() <= 3, arm.name
        best = max((arm for arm in result.arms if arm.name in LEFT_OUT), key=lambda arm: arm.mean_right)
        expect(page.locator("#pipeline-stages-facts")).to_contain_text(f"{best.mean_right:.0%} as asked")


def test_the_blueprint_is_measured_after_the_guess(browser: Browser, url: str, catalogue: Catalogue) -> None:
    model, runtime = catalogue.denoiser("generator"), choose_runtime()
    result = blueprint(model, run_pipeline(model, REQUEST, runtime), runtime)
    film, chart = "#pipeline-blueprint-film", "#pipeline-blueprint-chart"
    for page in watched(browser, address(url, "blueprint")):
        wait_for_draw(page, film)
        expect(page.locator(f"{chart} h3")).to_contain_text("signal")
        views = page.locator(f"{film} canvas")
        assert views.count() == 2  # what is expected comes with the guess
        assert np.abs(pixels(views.nth(1)).astype(int) - to_bytes(result.as_it_is)[-1]).max() <= 2
        reveal(page, "pipeline-blueprint")
        expect(page.locator(f"{chart} h3")).to_contain_text("How much of the finished picture")
        assert np.abs(pixels(views.nth(3)).astype(int) - to_bytes(result.run.moments.decoded)[-1]).max() <= 2
        facts = page.locator("#pipeline-blueprint-facts")
        for fact in blueprint_facts(result, "in the first third of the steps")[1:]:
            expect(facts).to_contain_text(fact.value)


def test_the_parts_share_caption_and_seed(browser: Browser, url: str) -> None:
    for page in watched(browser, address(url, "walk")):
        wait_for_draw(page, "#pipeline-ribbon")
        expect(page.locator("#pipeline-scrubber output")).to_have_text("step 4 of 4")
        page.locator("#lab-pipeline-blueprint-button").click()
        wait_for_draw(page, "#pipeline-blueprint-film")
        expect(page.locator("#pipeline-blueprint-film output")).to_have_text("step 4 of 4")
        expect(page.get_by_label("Caption", exact=True)).to_have_value("a red star")
        assert OPENING.caption != "a red star"
