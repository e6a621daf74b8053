"""Whatever bytes come, through the page or around it: an RGB picture or one friendly note, and never a traceback."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from gradio.data_classes import ImageData
from PIL import Image

from app.core.errors import BadUpload
from app.data.uploads import STRANGER
from app.ui.image_input import PictureInput, payload_bytes

NOISE = np.arange(48 * 48 * 3, dtype=np.uint8).reshape(48, 48, 3)


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def uploaded(data: bytes, folder: Path) -> ImageData:
    path = folder / "upload"
    path.write_bytes(data)
    return ImageData(path=str(path), orig_name="picture.png")


def around_the_page(data: bytes, folder: Path) -> ImageData:
    return ImageData(url="data:image/png;base64," + base64.b64encode(data).decode())


both_ways = pytest.mark.parametrize("payload", [uploaded, around_the_page])


@pytest.fixture(scope="module")
def door() -> PictureInput:
    return PictureInput(type="pil")


@both_ways
def test_a_picture_arrives_as_it_is(door: PictureInput, payload, tmp_path: Path) -> None:
    picture = door.preprocess(payload(encoded(Image.fromarray(NOISE)), tmp_path))
    np.testing.assert_array_equal(np.asarray(picture), NOISE)


@both_ways
def test_sixteen_bit_grey_is_scaled_and_not_clipped(door: PictureInput, payload, tmp_path: Path) -> None:
    """Stock gr.Image shows 99.5 % of this ramp as white."""
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64)
    picture = door.preprocess(payload(encoded(Image.fromarray(ramp)), tmp_path))
    assert picture.mode == "RGB"
    assert abs(float(np.asarray(picture).mean()) - 127.5) < 1


@both_ways
def test_what_is_transparent_becomes_white(door: PictureInput, payload, tmp_path: Path) -> None:
    clear = Image.new("RGBA", (8, 8), (200, 0, 0, 0))
    assert (np.asarray(door.preprocess(payload(encoded(clear), tmp_path))) == 255).all()


@both_ways
@pytest.mark.parametrize(
    "data", [b"", b"words", encoded(Image.fromarray(NOISE))[:200], b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_anything_else_is_a_note(door: PictureInput, payload, data: bytes, tmp_path: Path) -> None:
    answer = door.preprocess(payload(data, tmp_path))
    assert isinstance(answer, BadUpload)
    assert len(answer.message.split()) > 3
    assert answer.hint


def test_nothing_stays_nothing(door: PictureInput) -> None:
    assert door.preprocess(None) is None


def test_a_payload_without_a_picture_is_a_note(door: PictureInput) -> None:
    assert "no picture in that" in str(door.preprocess(ImageData()))


def test_no_more_is_read_than_is_needed_to_refuse(door: PictureInput, tmp_path: Path) -> None:
    huge = bytes(STRANGER.file_bytes + 5_000_000)
    assert len(payload_bytes(uploaded(huge, tmp_path))) == STRANGER.file_bytes + 1
    assert STRANGER.file_bytes < len(payload_bytes(around_the_page(huge, tmp_path))) <= STRANGER.file_bytes + 8
    assert "the most is 8 MB" in str(door.preprocess(uploaded(huge, tmp_path)))
