"""The app as a process of its own, and a headless browser: what the browser benchmark drives."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import BadRequest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
START_SECONDS = 300


@dataclass(frozen=True)
class Server:
    """url: where it answers; pid: of its process; begun: when the command was given, by time.perf_counter."""

    url: str
    pid: int
    begun: float

    def resident_bytes(self) -> int:
        """Return the memory that the process and its children hold."""
        import psutil  # type: ignore[import-untyped]  # comes with accelerate

        process = psutil.Process(self.pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


@contextmanager
def serving(checkpoints: Path) -> Iterator[Server]:
    """Run `python -m app serve` on a free port and yield it once it answers."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log.txt", "w+b") as log:
        port = _free_port()
        settings = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": folder}
        settings["LATENT_LAB_CHECKPOINTS"] = str(checkpoints.resolve())
        begun, command = time.perf_counter(), [sys.executable, "-m", "app", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | settings, stdout=log, stderr=log)
        try:
            yield Server(_answering(f"http://127.0.0.1:{port}/", process, Path(log.name)), process.pid, begun)
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answering(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return url
    raise BadRequest(f"The app did not start: {log.read_text()[-500:]}", hint="Try: python -m app serve")


@contextmanager
def headless() -> Iterator["Browser"]:
    """Start a headless Chromium: $CHROMIUM, an installed one, or Playwright's own.

    Raises BadRequest if Playwright or the browser is missing: both are tools of development, not of the app.
    """
    if find_spec("playwright") is None:
        raise BadRequest(
            "Driving a browser needs Playwright, which is not installed.",
            hint="Install the tools: pip install -r requirements-dev.txt",
        )
    from playwright.sync_api import Error, sync_playwright

    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, COMMANDS)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, headless=True, args=list(FLAGS))
        except Error as error:
            raise BadRequest(
                f"No Chromium could be started: {str(error).splitlines()[0]}",
                hint="Set CHROMIUM to its path, or run: python -m playwright install chromium",
            ) from error
        yield browser
        browser.close()
