"""Assemble the page: heading, one tab a lab, and how it is launched."""

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from app.ui.services import Services, make_services
from app.ui.tabs import compress, denoise, encode, pipeline, prompt, space
from app.ui.theme import make_theme, page_css
from app.ui.widgets.base import head_script


class Tab(NamedTuple):
    """title: on the tab; build: lays it out."""

    title: str
    build: Callable[[Services], object]


TABS = {
    "pipeline": Tab("Pipeline", pipeline.build),
    "encode": Tab("Encode", encode.build),
    "space": Tab("Latent space", space.build),
    "denoise": Tab("Denoise", denoise.build),
    "prompt": Tab("Prompt", prompt.build),
    "compress": Tab("Compress", compress.build),
}
"""A new tab is one file in app/ui/tabs and one line here: its name in addresses, its title, its builder."""

SCRIPT = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
"""Opens the tab and the part that the address asks for; in the browser, as it needs nothing of the server."""

LAUNCH: dict[str, Any] = {
    "theme": make_theme(),
    "css": page_css(),
    "head": head_script(),
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "max_file_size": "8mb",
    "max_threads": 16,
    "state_session_capacity": 200,
    "ssr_mode": False,
}
"""Keyword arguments of demo.launch."""


def build_demo() -> gr.Blocks:
    """Return the page. Networks are loaded when they are first used; their cards are read now."""
    services = make_services()
    with gr.Blocks(title="Latent Lab", analytics_enabled=False, delete_cache=(600, 3600), fill_width=True) as demo:
        describe_once(demo)
        gr.Markdown("# Latent Lab\nDo latent diffusion instead of reading about it.", elem_id="lab-head")
        with gr.Tabs(elem_id="lab-tabs"):
            for name, tab in TABS.items():
                with gr.Tab(tab.title, id=name, elem_id=f"lab-{name}"):
                    tab.build(services)
        gr.Markdown(footer(services), elem_id="lab-foot")

        titles = {str(tab.elem_id): tab.label for tab in demo.blocks.values() if isinstance(tab, gr.Tab)}
        demo.load(js=f"() => ({SCRIPT})({json.dumps(titles)})", api_visibility="private")
    demo.queue(default_concurrency_limit=2, max_size=40, api_open=False)
    return demo


def describe_once(demo: gr.Blocks) -> None:
    """Let gradio write the description of all components once.

    gradio 6.31 writes it for every app it makes of the page, and before each: six times until the first visitor, a
    third of a second each here. What is written changes with the components and events alone.
    """
    blocks, write = demo.default_config, demo.default_config.get_config
    written: dict[tuple[int, int], Any] = {}

    def once(renderable: Any = None) -> Any:
        state = len(blocks.blocks), len(blocks.fns)
        if renderable is not None:
            return write(renderable)
        if state not in written:
            written.clear()
            written[state] = write()
        return written[state]

    blocks.get_config = once  # type: ignore[method-assign]


def footer(services: Services) -> str:
    """Say where the models run, and which checkpoint folders were left out and why."""
    lines = [f"Every picture and number is computed here: {services.runtime.describe()}."]
    here = f"{services.catalogue.root}/"
    for name, problem in services.catalogue.problems.items():
        lines.append(f"Left out: **{escape(name)}**. {escape(problem.replace(here, ''))}")
    return "\n\n".join(lines)
