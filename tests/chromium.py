"""Where a Chromium or Chrome is that starts on this machine. `python tests/chromium.py` prints it; status 1: none."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


START_SECONDS = 120
"""Generous, for a busy machine: a browser that hangs for so long counts as one that does not start."""
PAGE = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --dump-dom about:blank"


def find_chromium() -> str | None:
    """Return the first browser that starts: $CHROMIUM alone if it is set, else installed ones, then Playwright's."""
    return next(filter(starts, _candidates()), None)


def _candidates() -> Iterator[str]:
    if named := os.environ.get("CHROMIUM"):
        yield named
        return
    yield from (path for command in COMMANDS if (path := shutil.which(command)))
    yield from (str(path) for path in APPLICATIONS if path.is_file())
    yield from _downloaded()


def _downloaded() -> Iterator[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    if path.is_file():
        yield str(path)


@lru_cache
def starts(path: str) -> bool:
    """Say whether a browser opens an empty page: system libraries may be missing, or it only asks for a package."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, *PAGE.split(), f"--user-data-dir={profile}"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0 and b"<html>" in done.stdout


if __name__ == "__main__":
    found = find_chromium()
    sys.stdout.write(f"{found}\n" if found else "")
    sys.exit(found is None)
