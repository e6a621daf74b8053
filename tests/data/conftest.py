"""Made pictures and files for the tests of app.data."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image


@pytest.fixture
def encode() -> Callable[..., bytes]:
    """Return a function that writes a PIL picture into bytes: encode(picture, "PNG", exif=...)."""

    def write(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
        buffer = BytesIO()
        picture.save(buffer, form, **options)
        return buffer.getvalue()

    return write
