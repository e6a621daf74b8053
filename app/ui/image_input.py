"""The one door for pictures that a visitor sends: from the page, or as bytes in a call that bypasses the page."""

import base64
import binascii
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from app.core.errors import BadUpload
from app.data.uploads import HINT, STRANGER, read_upload


class PictureInput(gr.Image):
    """gr.Image whose pictures come through app.data.uploads: RGB, upright, at most 1024 pixels long."""

    is_template = True  # it looks and behaves in the browser as gr.Image does

    def preprocess(  # type: ignore[override]
        self, payload: ImageData | None
    ) -> Image.Image | BadUpload | None:
        """Return the picture; None if there is none; or what is wrong with it, for the handler to show.

        Raising here would put gradio's own error badge on everything that the handler fills.
        """
        try:
            return None if payload is None else read_upload(payload_bytes(payload))
        except BadUpload as error:
            return error


def payload_bytes(payload: ImageData) -> bytes:
    """Return what was sent, a few bytes more than allowed at most: a file of the upload folder, or a data: URL."""
    if payload.url and payload.url.startswith("data:"):
        encoded = payload.url.partition(",")[2][: STRANGER.file_bytes * 4 // 3 + 8]
        try:
            return base64.b64decode(encoded[: len(encoded) // 4 * 4])
        except binascii.Error as error:
            raise BadUpload("The picture did not arrive whole.", hint=HINT) from error
    if payload.path:
        with open(Path(payload.path), "rb") as file:
            return file.read(STRANGER.file_bytes + 1)
    raise BadUpload("There is no picture in that.", hint=HINT)
