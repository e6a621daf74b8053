"""Where a Chromium or Chrome is on this machine. `python tests/chromium.py` prints it; exit status 1 means none."""

import os
import shutil
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def find_chromium() -> str | None:
    """Return the browser to use: $CHROMIUM, an installed one, or the one that Playwright has downloaded."""
    if named := os.environ.get("CHROMIUM"):
        return named
    installed = [path for command in COMMANDS if (path := shutil.which(command))]
    installed += [str(path) for path in APPLICATIONS if path.is_file()]
    return installed[0] if installed else _downloaded()


def _downloaded() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.is_file() else None


if __name__ == "__main__":
    found = find_chromium()
    sys.stdout.write(f"{found}\n" if found else "")
    sys.exit(found is None)
