"""The page with the checkpoints of the repository: nothing is left out, and each tab shows what they compute."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.generate import generate
from app.store.catalogue import open_catalogue
from app.ui.build import TABS
from app.ui.tabs.pipeline_source import OPENING
from tests.ui.conftest import watched
from tests.ui.looking import pixels, wait_for_draw
from tests.ui.serving import ROOT, serve
from tests.ui.test_every_part import wait_until_drawn

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_shipped_models_draw_on_the_page_as_in_the_library(browser: Browser, tmp_path: Path) -> None:
    model = open_catalogue(ROOT / "checkpoints", choose_runtime()).denoiser("generator")
    wanted = to_bytes(generate(model, OPENING, choose_runtime()).picture)[0].astype(int)
    with serve(tmp_path, None) as address:
        for page in watched(browser, f"{address}?tab=pipeline"):
            wait_for_draw(page, "#pipeline-scrubber")
            shown = pixels(page.locator("#pipeline-scrubber .lab-main canvas")).astype(int)
            assert np.abs(shown - wanted).max() <= 2  # one thread or two: sums in another order
            assert "Left out" not in page.locator("#lab-foot").inner_text()
            for tab in TABS:
                page.locator(f"#lab-{tab}-button").click()
                part = page.locator(f"#lab-{tab} .lab-part:visible").get_attribute("id").removeprefix("lab-")
                expect(page.locator(f"#{part}-status")).to_contain_text("computed in")
                wait_until_drawn(page, part)
