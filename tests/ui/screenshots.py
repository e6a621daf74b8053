"""Photograph every tab: `python -m tests.ui.screenshots FOLDER` writes PNGs at 1280 and 390 pixels, light and dark."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.chromium import find_chromium
from tests.ui.serving import launched, new_context, open_page, serve

TABS = {"Pipeline": "#pipeline-ribbon .lab-station", "Encode": "#encode-panels .lab-tile"}
"""Each tab, and what must be there before it is photographed."""


def photograph(browser: Browser, url: str, out: Path, width: int, dark: bool) -> None:
    """Save one full-length picture of every tab."""
    page = open_page(new_context(browser, width=width, dark=dark), url)
    for tab, ready in TABS.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        page.locator(ready).first.wait_for()
        page.wait_for_timeout(700)
        page.screenshot(path=out / f"{tab.lower()}-{width}-{'dark' if dark else 'light'}.png", full_page=True)
    page.context.close()


def main() -> None:
    """Serve the shipped checkpoints (or LATENT_LAB_CHECKPOINTS) and photograph the page."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder), None) as url,
        launched(str(find_chromium())) as browser,
    ):
        for width in (1280, 390):
            for dark in (False, True):
                photograph(browser, url, out, width, dark)


if __name__ == "__main__":
    main()
