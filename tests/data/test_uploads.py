import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from app.core.errors import BadUpload
from app.data.uploads import UPRIGHT, Limits, fit_square, read_upload, trim_to_multiple

ORIENTATION = 0x0112


@pytest.fixture
def scene() -> Image.Image:
    """A smooth 60 x 40 picture: red grows to the right, green downwards, blue is 128."""
    pixels = np.full((40, 60, 3), 128, np.uint8)
    pixels[..., 0], pixels[..., 1] = np.arange(60) * 4, np.arange(40)[:, None] * 6
    return Image.fromarray(pixels)


def distance(left: Image.Image, right: Image.Image) -> float:
    assert left.size == right.size
    assert left.mode == "RGB"
    return float(np.abs(np.asarray(left, float) - np.asarray(right.convert("RGB"), float)).max())


@pytest.mark.parametrize(
    ("form", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 90}, 12),
        ("JPEG", {"quality": 95}, 10),
        ("JPEG", {"quality": 95, "progressive": True}, 10),
    ],
)
def test_every_allowed_format_gives_the_same_picture(scene, encode, form, options, tolerance):
    assert distance(read_upload(encode(scene, form, **options)), scene) <= tolerance


def test_palette_grey_and_bilevel_pictures(scene, encode):
    for mode, form in (("L", "PNG"), ("1", "PNG"), ("L", "JPEG"), ("P", "PNG"), ("P", "GIF")):
        source = scene.quantize(64) if mode == "P" else scene.convert(mode)
        assert distance(read_upload(encode(source, form)), source) <= (6 if form == "JPEG" else 0)


def test_cmyk_jpeg_keeps_its_colours(encode):
    for colour in ((255, 0, 0), (0, 128, 255), (250, 250, 250), (5, 5, 5)):
        source = Image.new("RGB", (32, 32), colour)
        assert distance(read_upload(encode(source.convert("CMYK"), "JPEG", quality=95)), source) <= 4


def test_sixteen_bit_grey_is_scaled_and_not_clipped(encode):
    values = np.linspace(0, 65535, 64 * 8).astype(np.uint16).reshape(8, 64)
    result = np.asarray(read_upload(encode(Image.fromarray(values))), float)
    assert np.abs(result[..., 0] - values / 257).max() <= 0.5
    assert len(np.unique(result)) == 256


def sixteen_bit_rgb(colour: tuple[int, int, int]) -> bytes:
    """A 2 x 2 PNG with 16 bits a channel, written by hand, as Pillow cannot (PNG specification, section 11)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + struct.pack(">3H", *colour) * 2) * 2
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bit_colour():
    assert read_upload(sixteen_bit_rgb((65535, 32896, 257))).getpixel((1, 1)) == (255, 128, 1)


def test_transparency_is_laid_on_white(encode):
    half = Image.new("RGBA", (8, 8), (0, 0, 200, 128))
    assert read_upload(encode(half)).getpixel((3, 3)) == (127, 127, 227)
    grey = Image.new("LA", (8, 8), (0, 0))
    assert read_upload(encode(grey)).getpixel((3, 3)) == (255, 255, 255)
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([9, 9, 9, 200, 0, 0])
    for form in ("PNG", "GIF"):
        assert read_upload(encode(palette, form, transparency=1)).getpixel((3, 3)) == (255, 255, 255)
        assert read_upload(encode(palette, form, transparency=0)).getpixel((3, 3)) == (200, 0, 0)
    keyed = encode(Image.new("RGB", (8, 8), (1, 2, 3)), transparency=(1, 2, 3))
    assert read_upload(keyed).getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_exif_rotation_is_undone(scene, encode, form, orientation):
    """The camera stores the scene turned, and writes how to turn it back; each turn's inverse is written out here."""
    inverse = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turn = inverse.get(orientation, UPRIGHT.get(orientation))
    stored = scene if turn is None else scene.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert distance(read_upload(encode(stored, form, exif=exif, quality=95)), scene) <= 14


def test_the_eight_orientations_are_those_of_the_exif_standard():
    """EXIF 2.32 says where the stored row 0 and column 0 belong; corner A is the top left of the upright picture."""
    stored = {1: "AB/CD", 2: "BA/DC", 3: "DC/BA", 4: "CD/AB", 5: "AC/BD", 6: "BD/AC", 7: "DB/CA", 8: "CA/DB"}
    for orientation, corners in stored.items():
        picture = Image.new("L", (2, 2))
        picture.putdata([ord(letter) for letter in corners.replace("/", "")])
        upright = picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture
        assert upright.tobytes() == b"ABCD"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's, and exactly what this test is about
def test_a_damaged_exif_block_does_not_refuse_the_picture(scene, encode):
    data = encode(scene, "JPEG", quality=95, exif=b"Exif\0\0II*\0\xff\xff\xff\xffrubbish")
    assert distance(read_upload(data), scene) <= 10


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(encode, form):
    red, blue = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    data = encode(red, form, save_all=True, append_images=[blue, red], duration=50, lossless=True)
    assert read_upload(data).getpixel((8, 8)) == (255, 0, 0)


def test_large_pictures_shrink_to_the_longest_edge_and_keep_their_shape(encode):
    data = encode(Image.linear_gradient("L").resize((3000, 1500)), "JPEG")
    assert read_upload(data, longest=500).size == (500, 250)
    assert read_upload(data, longest=4000).size == (3000, 1500)
    assert read_upload(encode(Image.new("L", (9000, 1))), longest=100).size == (100, 1)


def test_one_pixel_is_a_picture(encode):
    one = read_upload(encode(Image.new("RGB", (1, 1), (9, 200, 30))))
    for square in (fit_square(one, 64), trim_to_multiple(one, 8)):
        assert square.getextrema() == ((9, 9), (200, 200), (30, 30))
    assert trim_to_multiple(one, 8).size == (8, 8)


def claimed(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims to be huge."""
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = struct.pack(">I", 13) + b"IHDR" + body + struct.pack(">I", zlib.crc32(b"IHDR" + body))
    empty = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    return b"\x89PNG\r\n\x1a\n" + header + empty


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"x" * 8_000_001, "8.0 MB; the most is 8 MB"),
        (b"hello, I am a text named picture.png", "whatever its name says"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"II*\0" + bytes(100), "a TIFF"),
        (b"\x89PNG\r\n\x1a\n", "damaged|no picture"),
        (claimed(6000, 4001), "6000 x 4001 pixels; the most is 24 million"),
        (claimed(10_000, 10_000), "pixels; the most is 24 million"),  # Pillow warns about this one
        (claimed(60_000, 60_000), "pixels; the most is 24 million"),  # and raises at this one
        (claimed(100, 100), "damaged"),
    ],
    ids="empty heavy text svg heic pdf tiff signature many-pixels warned-pixels bomb no-pixels".split(),
)
def test_what_is_no_picture_gets_one_sentence_and_a_hint(data, words):
    with pytest.raises(BadUpload, match=words) as caught:
        read_upload(data)
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_the_pixel_count_is_checked_before_anything_is_decoded(monkeypatch, encode):
    data = encode(Image.new("RGB", (30, 30)))
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(BadUpload, match="30 x 30"):
        read_upload(data, limits=Limits(file_bytes=10_000, pixels=899))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_cut_off_or_scrambled_files_give_a_picture_or_a_sentence(scene, encode, form):
    """Every prefix and 200 files with a few bytes changed: never another exception."""
    data = encode(scene, form)
    generator = np.random.default_rng(0)
    for length in range(1, len(data), max(1, len(data) // 100)):
        _picture_or_sentence(data[:length])
    for _ in range(200):
        changed = bytearray(data)
        for place in generator.integers(0, min(len(data), 400), size=3):
            changed[place] = generator.integers(0, 256)
        _picture_or_sentence(bytes(changed))
    with pytest.raises(BadUpload, match=r"damaged|no picture"):
        read_upload(data[: len(data) // 2])


def _picture_or_sentence(data: bytes) -> None:
    with suppress(BadUpload):  # anything else fails the test
        assert read_upload(data).mode == "RGB"


def test_fit_square_takes_the_centre(scene):
    square = np.asarray(fit_square(scene, 40))
    assert np.array_equal(square, np.asarray(scene)[:, 10:50])


def test_trim_to_multiple_takes_the_centre_and_enlarges_only_what_is_too_small(scene):
    assert np.array_equal(np.asarray(trim_to_multiple(scene, 16)), np.asarray(scene)[4:36, 6:54])
    assert trim_to_multiple(scene, 1) is not None
    assert trim_to_multiple(Image.new("RGB", (5, 30)), 16).size == (16, 96)
    with pytest.raises(BadUpload, match="3000 x 1 pixels: too narrow"):
        trim_to_multiple(Image.new("RGB", (3000, 1)), 8)
