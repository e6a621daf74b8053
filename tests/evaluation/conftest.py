"""What most of these tests do not ask about is small: photographs at 512 pixels, thousands of training pictures."""

from collections.abc import Iterator

import pytest

from app.evaluation import generation, large_views

REFERENCES = 64
"""Training pictures that generated ones are compared with."""


@pytest.fixture(scope="module", autouse=True)
def small_views() -> Iterator[None]:
    """A view of 512 pixels takes a second; test_large_views measures them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large_views, "SIDE", 64)
        yield


@pytest.fixture(scope="module", autouse=True)
def few_references() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "REFERENCES", REFERENCES)
        yield
