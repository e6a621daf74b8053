"""Photograph every part of every tab: `python -m tests.ui.screenshots FOLDER [TAB ...]`.

It writes PNGs at 1280 and 390 pixels, light and dark: FOLDER/TAB-PART-WIDTH-SCHEME.png.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from app.ui.build import TABS
from tests.chromium import find_chromium
from tests.ui.serving import launched, new_context, open_page, serve
from tests.ui.test_every_part import shown_parts

WIDTHS, SCHEMES = (1280, 390), ("light", "dark")
SETTLED_MILLISECONDS = 700
"""Wait so long after the widgets have drawn: pictures that they fetch are decoded by then."""


def photograph(browser: Browser, url: str, out: Path, tab: str, width: int, scheme: str) -> list[Path]:
    """Save one full-length picture of every part of a tab; returns the files."""
    page = open_page(new_context(browser, width=width, dark=scheme == "dark"), f"{url}?tab={tab}")
    files = []
    for part in shown_parts(page, tab):
        page.wait_for_timeout(SETTLED_MILLISECONDS)
        files.append(out / f"{part}-{width}-{scheme}.png")
        page.screenshot(path=files[-1], full_page=True)
    page.context.close()
    return files


def main(out: Path, tabs: Sequence[str]) -> None:
    """Serve the shipped checkpoints (or LATENT_LAB_CHECKPOINTS) and photograph the tabs."""
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder), None) as url,
        launched(str(find_chromium())) as browser,
    ):
        for tab in tabs:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    photograph(browser, url, out, tab, width, scheme)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(TABS))
