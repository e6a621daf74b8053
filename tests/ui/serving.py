"""Start the app as a visitor gets it, and a browser to look at it: for the browser tests and the screenshots."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
START_SECONDS, PAGE_MILLISECONDS = 300, 180_000
"""Generous: they are how long to wait on a busy machine before giving up, and assert nothing."""


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(folder: Path, checkpoints: Path | None) -> Iterator[str]:
    """Run `python app.py` and yield its address. Its log is folder/log.txt: a pipe that nobody reads would block it."""
    port, log = free_port(), folder / "log.txt"
    settings = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder)}
    if checkpoints is not None:
        settings["LATENT_LAB_CHECKPOINTS"] = str(checkpoints)
    with open(log, "wb") as file:
        command = [sys.executable, "app.py"]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=file, stderr=file)
        try:
            yield _wait_for(f"http://127.0.0.1:{port}/", process, log)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return url
    raise RuntimeError(f"the app did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """Start a headless browser with a fresh profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield browser
        browser.close()


def new_context(browser: Browser, *, width: int = 1280, height: int = 900, dark: bool = False) -> BrowserContext:
    """Open a fresh context: nothing is remembered from another one."""
    size = {"width": width, "height": height}
    scheme = "dark" if dark else "light"
    return browser.new_context(viewport=size, reduced_motion="reduce", color_scheme=scheme)


def open_page(context: BrowserContext, url: str) -> Page:
    """Open the app and wait until its tabs can be seen."""
    page = context.new_page()
    page.set_default_timeout(PAGE_MILLISECONDS)
    expect.set_options(timeout=PAGE_MILLISECONDS)
    page.goto(url)
    page.get_by_role("tab").first.wait_for()  # which of them are in a menu depends on the width
    return page
