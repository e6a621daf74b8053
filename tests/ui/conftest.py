"""One app with small random models and one browser for all browser tests; a page that notices every complaint."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from app.core.runtime import choose_runtime
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import make_ladder, make_zoo
from tests.ui.serving import launched, new_context, open_page, serve

BENIGN = ("GPU stall due to ReadPixels",)


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_zoo(tmp_path_factory.mktemp("checkpoints"))
    make_ladder(root)
    return root


@pytest.fixture(scope="session")
def catalogue(zoo: Path) -> Catalogue:
    """The models that the app under test has, in this process."""
    return open_catalogue(zoo, choose_runtime())


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory, zoo: Path) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("app"), zoo) as address:
        yield address


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium) as started:
        yield started


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The app in a fresh browser context; the test fails on errors, on HTTP >= 400 and on any other host."""
    yield from watched(browser, url)


def watched(browser: Browser, url: str, *, width: int = 1280, dark: bool = False) -> Iterator[Page]:
    complaints: list[str] = []
    context = new_context(browser, width=width, dark=dark)
    context.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("response", lambda answer: answer.status >= 400 and complaints.append(f"{answer.status} {answer.url}"))
    local = (url.split("?")[0], "data:", "blob:")
    context.on("request", lambda asked: asked.url.startswith(local) or complaints.append(f"outside: {asked.url}"))
    yield open_page(context, url)
    said = list(complaints)  # what closing a page aborts is no complaint
    context.close()
    assert [text for text in said if not any(known in text for known in BENIGN)] == []
