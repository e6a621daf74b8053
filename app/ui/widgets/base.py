"""One widget: an empty element, a script that fills it from `props.value`, and events with the names in the script.

The scripts stand in the head of the page, once: what gradio is given with a widget it keeps with each of hundreds.
"""

import base64
import hashlib
import json
import os
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from app.core.files import write_atomically

HERE = Path(__file__).parent
ARGUMENTS = "element, trigger, props, server, watch"
SHARED = (HERE / "dom.js").read_text(encoding="utf-8")


def widget(name: str, value: Any = None, *, elem_id: str, **props: Any) -> gr.HTML:
    """Return a gr.HTML that runs widgets/NAME.js. `props` are its fixed settings, `value` is what Python sets later.

    A function, not a subclass: gradio would write a stub file beside the module of every subclass.
    """
    return gr.HTML(
        value,
        html_template=f'<div class="lab-{name}"></div>',
        js_on_load=_start(name),
        apply_default_css=False,
        elem_id=elem_id,
        **props,
    )


@cache
def _start(name: str) -> str:
    """Return the line that runs a widget's script. Gradio looks for the names of its events in here."""
    events = sorted(set(re.findall(r"\b(?:trigger|tell)\('(\w+)'", _script(name))))
    return f"window.labWidgets.{name}({ARGUMENTS}); // {', '.join(map(repr, events))}"


def _script(name: str) -> str:
    return (HERE / f"{name}.js").read_text(encoding="utf-8")


def head_script() -> str:
    """Return what the head of the page needs: a function for each widget, of what gradio gives to a widget's script."""
    names = sorted(path.stem for path in HERE.glob("*.js") if path.stem != "dom")
    functions = (f"{name}: ({ARGUMENTS}) => {{\n{SHARED}{_script(name)}}}" for name in names)
    return f"<script>window.labWidgets = {{\n{','.join(functions)}\n}};</script>"


def packed(data: dict[str, Any], **files: dict[str, Any]) -> dict[str, Any]:
    """Return a value for a widget: its data as one JSON text, and files for the browser to fetch (`as_file`).

    gradio walks through every nested value at every event, 0.1 ms a number; a text it passes on.
    """
    return {"data": json.dumps(data, separators=(",", ":"), allow_nan=False), "files": files}


def png_bytes(picture: Image.Image) -> bytes:
    """Encode a picture without loss."""
    buffer = BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def png_uri(picture: Image.Image) -> str:
    """Return a small picture as a data: URI."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(picture)).decode("ascii")


def webp_bytes(picture: Image.Image) -> bytes:
    """Encode a large sheet without loss, smaller than a PNG."""
    buffer = BytesIO()
    picture.save(buffer, format="WEBP", lossless=True, quality=0, method=0)
    return buffer.getvalue()


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def as_file(content: bytes, name: str = "sheet.png") -> dict[str, Any]:
    """Put a file into gradio's cache folder: the browser fetches it once and keeps it.

    The same content has the same path. Where it is there already it is left whole, as somebody may be reading it, and
    only counts as new again, so that gradio's clean-up spares it.
    """
    folder = Path(os.environ["GRADIO_TEMP_DIR"]) / hashlib.sha256(content).hexdigest()
    path = folder / name
    if path.exists():
        path.touch()
    else:
        write_atomically(path, lambda part: _fill(part, content))
    return {"path": str(path.resolve()), "meta": {"_type": "gradio.FileData"}}
