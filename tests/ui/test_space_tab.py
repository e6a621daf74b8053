"""The Latent space tab in a real browser: pointing, clicking, dragging, scrubbing, against the library."""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.core.pictures import to_bytes, to_sheet
from app.core.runtime import choose_runtime
from app.labs.latent_pad import checked_point, decode_points
from app.labs.latent_pins import pin_scene
from app.labs.smoothness import SIZES, push_example
from app.store import catalogue as store
from app.store.catalogue import Catalogue
from app.ui.tabs.space_sums import captions_by_factor
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, requests_during, reveal, wait_for_draw, wait_until_quiet

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def opened(browser: Browser, url: str, part: str, more: str = "") -> Iterator[Page]:
    """Open a view by its address and wait until it has computed something."""
    for page in watched(browser, f"{url}?tab=space&part={part}{more}"):
        expect(page.locator(f"#space-{part}-status")).to_contain_text("computed in")
        yield page


def choose(page: Page, dropdown: str, option: str) -> None:
    page.locator(f"{dropdown} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def test_pointing_shows_a_scene_without_a_request_and_a_click_decodes_and_pins_it(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    for page in opened(browser, url, "map", "&pins=5&count=100&method=PCA"):
        wait_until_quiet(page, 1.0)  # the thumbnails follow
        canvas, board = page.locator("#space-map-chart canvas.space-canvas"), page.locator("#space-map-chart .lab-map")
        asked = requests_during(page)
        canvas.focus()
        for key in (
            "ArrowLeft",
            "ArrowRight",
            "ArrowUp",
            "ArrowDown",
        ):  # to a neighbour of the pin, wherever there is one
            page.keyboard.press(key)
            index = int(board.get_attribute("data-hover") or -1)
            if index not in (-1, 5):
                break
        assert index not in (-1, 5)
        expect(page.locator("#space-map-chart .space-card")).to_contain_text(f"scene {index}")
        assert asked == []
        before = draws(page, "#space-map-panels")
        page.keyboard.press("Enter")
        wait_for_draw(page, "#space-map-panels", before)
        expect(page.locator("#space-map-pins textarea, #space-map-pins input").first).to_have_value(f"5, {index}")
        decoded = page.locator("#space-map-panels .lab-tile img").nth(3)
        expect(decoded).to_have_attribute("alt", re.compile(f"scene {index}, decoded"))
        wanted = to_bytes(pin_scene(catalogue.vae("f4c4"), index, catalogue.runtime).decoded)[0]
        assert np.abs(pixels(decoded).astype(int) - wanted).max() <= 2
        assert f"pins=5%2C+{index}" in page.locator("#space-map-link input").input_value()


def test_two_pins_lead_to_the_walk_between_them(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "map", "&pins=5,9&count=100&method=PCA"):
        page.get_by_role("button", name="Walk between the last two pins").click()
        expect(page.locator("#space-walk-status")).to_contain_text("computed in")
        expect(page.get_by_label("its number, if a scene of the map").nth(0)).to_have_value("5")
        expect(page.get_by_label("its number, if a scene of the map").nth(1)).to_have_value("9")


def test_the_pad_decodes_the_point_under_the_hand(browser: Browser, url: str, catalogue: Catalogue) -> None:
    for page in opened(browser, url, "pad"):
        pad = page.locator("#space-pad-pad canvas.space-plane")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        for share in (0.55, 0.6, 0.65, 0.75):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.25 * box["height"])
        page.mouse.up()
        root = page.locator("#space-pad-pad .lab-pad")
        page.wait_for_function(
            "() => (document.querySelector('#space-pad-pad .lab-pad').dataset.exact || '').startsWith('2.0')",
            polling=200,
        )
        x, y = (float(part) for part in (root.get_attribute("data-exact") or "").split(","))
        assert (x, y) == pytest.approx((2.0, 2.0), abs=0.05)
        wanted = to_bytes(decode_points(catalogue.vae("digits"), checked_point(x, y), catalogue.runtime))[0]
        assert np.abs(pixels(root.locator("img")).astype(int) - wanted).max() <= 3
        expect(page.locator("#space-pad-point textarea, #space-pad-point input").first).to_have_value(
            re.compile(r"^2\.0")
        )


def test_a_point_typed_into_the_pad_is_decoded_when_it_is_finished(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    """Half a number is no point yet: nothing is computed and nothing complained of before Enter."""
    for page in opened(browser, url, "pad"):
        field = page.locator("#space-pad-point textarea, #space-pad-point input").first
        toast, before = page.get_by_test_id("toast-body"), draws(page, "#space-pad-panels")
        field.fill("")
        field.press_sequentially("1.5, -0.5", delay=80)
        page.wait_for_timeout(700)
        expect(toast).to_have_count(0)
        assert draws(page, "#space-pad-panels") == before
        field.press("Enter")
        wait_for_draw(page, "#space-pad-panels", before)
        wanted = to_bytes(decode_points(catalogue.vae("digits"), checked_point(1.5, -0.5), catalogue.runtime))[0]
        decoded = page.locator("#space-pad-panels .lab-tile img").first
        assert np.abs(pixels(decoded).astype(int) - wanted).max() <= 2
        field.fill("somewhere")
        field.press("Tab")
        expect(toast).to_contain_text("is no point")
        assert np.abs(pixels(decoded).astype(int) - wanted).max() <= 2


def test_a_walk_is_scrubbed_without_a_request_and_scored_at_the_reveal(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "walk", "&steps=4"):
        slider = page.locator("#space-walk-film input[type=range]")
        shown = page.locator("#space-walk-film .lab-film")
        slider.focus()
        page.wait_for_timeout(500)
        asked = requests_during(page)
        for _ in range(3):
            slider.press("ArrowLeft")
        expect(shown).to_have_attribute("data-shown", "5")
        assert [request for request in asked if "queue" not in request] == []
        expect(page.locator("#space-walk-panels .lab-fact")).to_contain_text("guess first")
        page.get_by_role("radio", name="Along the sphere").check()
        reveal(page, "space-walk")
        expect(page.locator("#space-walk-panels .lab-fact").first).to_contain_text("Along the sphere")
        expect(page.locator("#space-walk-charts .chart-one")).to_have_count(3)


def test_a_factor_changed_by_name_fills_the_sum_and_runs_it(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "sums"):
        captions = captions_by_factor()["kind_a"]
        old, new, other = list(captions)[:3]
        before = draws(page, "#space-sums-panels")
        choose(page, "#space-sums-factor", "What it is")
        wait_for_draw(page, "#space-sums-panels", before)
        expect(page.locator("#space-sums-from input")).to_have_value(old)
        boxes = [page.locator(f"#space-sums-{letter} textarea") for letter in "abc"]
        for box, caption in zip(boxes, (*captions[old], captions[new][1]), strict=True):
            expect(box).to_have_value(caption)
        choose(page, "#space-sums-to", other)
        expect(boxes[2]).to_have_value(captions[other][1])


def made_by_the_code(page: Page, part: str) -> dict[str, Any]:
    """Run what 'Copy as code' says now; returns what it made."""
    page.locator(f"#space-{part}-as-code summary").click()
    made: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(page.locator(f"#space-{part}-as-code pre").inner_text(), "copied", "exec"), made)
    return made


def set_slider(page: Page, part: str, name: str, value: int, drawn: str) -> None:
    """Set a number beside a slider, and wait until a widget has drawn what follows."""
    before = draws(page, f"#space-{part}-{drawn}")
    field = page.locator(f"#space-{part}-{name} input[type=number]")
    field.fill(str(value))
    field.press("Enter")
    wait_for_draw(page, f"#space-{part}-{drawn}", before)
    expect(page.locator(f"#space-{part}-link input")).to_have_value(re.compile(f"{name}={value}"))


def same(shown: Locator, wanted: np.ndarray) -> None:
    """A picture on the screen is these bytes, up to rounding."""
    assert np.abs(pixels(shown).astype(int) - wanted).max() <= 2


def test_draws_pushes_and_channels_follow_their_settings_and_are_those_of_the_copied_code(
    browser: Browser, url: str, zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHECKPOINTS", zoo)
    monkeypatch.chdir(tmp_path)
    for page in opened(browser, url, "holes"):
        set_slider(page, "holes", "draws", 4, "film")
        holes = made_by_the_code(page, "holes")["holes"]
        at_one = holes[0].request.spreads.index(1.0)
        for column, drawn in enumerate(holes):
            assert len(drawn.pictures[at_one]) == 4
            sheet = np.asarray(to_sheet(drawn.pictures[at_one], 2)).transpose(2, 0, 1)
            same(page.locator("#space-holes-film canvas").nth(column), sheet)
    for page in opened(browser, url, "channels"):
        set_slider(page, "channels", "stds", 5, "film")
        page.locator("#space-channels-film input[type=range]").fill("12")  # the last: pushed by all of 5
        for column, frames in enumerate(made_by_the_code(page, "channels")["traversals"]):
            same(page.locator("#space-channels-film canvas").nth(column), to_bytes(frames)[-1])
    for page in opened(browser, url, "smooth"):
        set_slider(page, "smooth", "seed", 3, "panels")
        made = made_by_the_code(page, "smooth")
        pushed = push_example(made["models"][0], 3, SIZES, 3, choose_runtime())
        for column, picture in enumerate(to_bytes(pushed)):
            same(page.locator("#space-smooth-panels .lab-tile img").nth(column), picture)
