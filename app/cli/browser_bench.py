"""`python -m app bench --browser`: what a visitor waits for, from the event to the frame that shows its result."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from app.cli.browser_actions import ACTIONS, Action
from app.cli.browser_server import Server, headless, serving
from app.core.errors import BadRequest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCRIPT = Path(__file__).with_name("browser_page.js").read_text(encoding="utf-8")
WAIT_MS, PART_MS, SETTLE_MS, QUIET_SECONDS = 120_000, 30_000, 300, 1.5
"""How long to wait before giving up; for a part to be laid out; after filling in settings; and without a request until
a view counts as complete."""
DASH = "–"
FIRST_PICTURE = "#lab-pipeline [data-drawn]"


def browser_bench(checkpoints: Path, repeats: int) -> None:
    """Print the table, one row after another."""
    if not 1 <= repeats <= 1000:
        raise BadRequest(f"--repeats {repeats} is out of range.", hint="Use 1 to 1000.")
    with headless() as browser, serving(checkpoints) as server:
        print(f"headless Chromium {browser.version}; from the event to changed pixels\n")
        _first_view(browser, server)
        print(f"\n{'':42} {'median ms':>10} {'95 % ms':>9} {'target ms':>10} {'n':>4} {'requests':>9}")
        for action in ACTIONS:
            print(line_of(action, _measured(browser, server.url, action, repeats)), flush=True)
        parts = _use_everything(browser, server.url)
        print(
            f"\n{'server memory after ' + str(parts) + ' parts were used':42} {server.resident_bytes() / 1e6:10.0f} MB"
        )


def line_of(action: Action, found: Sequence[tuple[float, int]] | None) -> str:
    """Return a row as text; found: milliseconds and requests of each repetition, None where the part is missing."""
    if not found:
        return f"{action.what:42} {DASH:>10} {DASH:>9} {action.target_ms:10.0f} {DASH:>4} {DASH:>9}"
    times = [ms for ms, _ in found]
    high = quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
    requests = median(count for _, count in found)
    return f"{action.what:42} {median(times):10.1f} {high:9.1f} {action.target_ms:10.0f} {len(times):4} {requests:9.0f}"


def _first_view(browser: "Browser", server: Server) -> None:
    """Print how long the first page took after the command, and its bytes on the wire."""
    page = _new_page(browser)
    received: list[float] = []
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    quiet = _Quiet(page)
    page.goto(server.url)
    page.get_by_role("tab").first.wait_for()
    shown = time.perf_counter() - server.begun
    page.locator(FIRST_PICTURE).first.wait_for(state="attached")
    drawn = time.perf_counter() - server.begun
    quiet.wait()
    print(f"{'first page after the command':42} {shown:10.1f} s")
    print(f"{'its first picture':42} {drawn:10.1f} s")
    print(f"{'first view, bytes on the wire':42} {sum(received) / 1e6:10.2f} MB in {len(received)} answers")
    page.context.close()


def _new_page(browser: "Browser") -> "Page":
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.add_init_script(SCRIPT)
    return page


class _Quiet:
    """Notices when the page asked the server last."""

    def __init__(self, page: "Page") -> None:
        self.page, self.last = page, time.monotonic()
        page.on("request", self._asked)

    def _asked(self, _: Any) -> None:
        self.last = time.monotonic()

    def wait(self) -> None:
        """Return once there was no request for a while."""
        while time.monotonic() - self.last < QUIET_SECONDS:
            self.page.wait_for_timeout(100)


def _measured(browser: "Browser", url: str, action: Action, repeats: int) -> list[tuple[float, int]] | None:
    """Open the view and repeat the action; None, with the reason on the error stream, if it cannot be done."""
    from playwright.sync_api import Error

    page = _new_page(browser)
    try:
        if not _opened(page, url, action):
            return None
        most = page.locator(action.on).count() - 1 if action.once_each else repeats  # the first one is shown already
        return [_once(page, action, k) for k in range(min(repeats, most))]
    except Error as error:
        print(f"{action.what}: {str(error).splitlines()[0]}", file=sys.stderr)
        return None
    finally:
        page.context.close()


def _opened(page: "Page", url: str, action: Action) -> bool:
    """Open the action's view and wait until it has drawn; False if the page has no such tab or part."""
    from playwright.sync_api import TimeoutError as TooLate

    quiet = _Quiet(page)
    page.goto(url + action.view)
    page.get_by_role("tab").first.wait_for()
    asked = {name: values[0] for name, values in parse_qs(action.view.lstrip("?")).items()}
    if page.locator(f"#lab-{asked['tab']}-button").count() == 0:
        return False
    try:  # parts are laid out when their tab is opened
        page.locator(f"#lab-{asked['tab']}-{asked['part']}-button").wait_for(state="attached", timeout=PART_MS)
    except TooLate:
        return False
    quiet.wait()
    if page.locator(action.watch).count() == 0:
        return False
    page.locator(f"{action.watch} [data-drawn]").first.wait_for(state="attached")
    quiet.wait()
    if action.door:
        page.locator(action.door).first.click()
        page.locator(action.on).first.wait_for(state="attached")
    return page.locator(action.on).count() > 0


def _once(page: "Page", action: Action, k: int) -> tuple[float, int]:
    """Fill in what comes before, then do and time the action; returns milliseconds and requests."""
    for selector, text in action.before:
        page.locator(selector).first.fill(text.format(k=k + 1000))
    page.wait_for_timeout(SETTLE_MS)
    asked = [action.event, action.on, action.watch, action.attribute, k]
    found = page.evaluate("asked => window.labBench.run(...asked)", asked)
    return float(found["ms"]), int(found["requests"])


def _use_everything(browser: "Browser", url: str) -> int:
    """Open every part of every tab, waiting until it has drawn; returns how many there were."""
    page, parts = _new_page(browser), 0
    page.goto(url)
    page.get_by_role("tab").first.wait_for()
    for tab in _ids(page, "#lab-tabs", 0):
        page.locator(f"#{tab}").click()
        for part in _ids(page, f"#{tab.removesuffix('-button')}", 1):
            page.locator(f"#{part}").click()
            drawn = page.locator(f"#{part.removesuffix('-button')} [data-drawn]").first
            drawn.wait_for(state="attached")
            _Quiet(page).wait()
            parts += 1
    page.context.close()
    return parts


def _ids(page: "Page", within: str, dashes: int) -> list[str]:
    """Return the ids of the tabs inside an element: those of the page, or of a tab's parts."""
    found = page.locator(f"{within} [role=tab]").evaluate_all("tabs => tabs.map(tab => tab.id)")
    return [name for name in found if name.startswith("lab-") and name.count("-") == 2 + dashes]
