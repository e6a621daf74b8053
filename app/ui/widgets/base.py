"""One widget: an empty element, a script that fills it from `props.value`, and events with the names in the script."""

import base64
import hashlib
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

HERE = Path(__file__).parent
SHARED = (HERE / "dom.js").read_text(encoding="utf-8")


def widget(name: str, value: Any = None, *, elem_id: str, **props: Any) -> gr.HTML:
    """Return a gr.HTML that runs widgets/NAME.js. `props` are its fixed settings, `value` is what Python sets later.

    A function, not a subclass: gradio would write a stub file beside the module of every subclass.
    """
    script = SHARED + (HERE / f"{name}.js").read_text(encoding="utf-8")
    return gr.HTML(
        value,
        html_template=f'<div class="lab-{name}"></div>',
        js_on_load=script,
        apply_default_css=False,
        elem_id=elem_id,
        **props,
    )


def png_bytes(picture: Image.Image) -> bytes:
    """Encode a picture without loss."""
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def png_uri(picture: Image.Image) -> str:
    """Return a small picture as a data: URI."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(picture)).decode("ascii")


def as_file(png: bytes) -> dict[str, Any]:
    """Put a large picture into gradio's cache folder: the browser fetches it once and keeps it."""
    folder = Path(os.environ["GRADIO_TEMP_DIR"]) / hashlib.sha256(png).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sheet.png"
    path.write_bytes(png)
    return {"path": str(path.resolve()), "meta": {"_type": "gradio.FileData"}}
