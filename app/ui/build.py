"""Assemble the page: heading, one tab a lab, and how it is launched."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NamedTuple

import gradio as gr

from app.ui.events import ON_CPU
from app.ui.links import TAB
from app.ui.services import Services, make_services
from app.ui.tabs import compress, denoise, encode, pipeline, prompt, space
from app.ui.theme import make_theme, page_css
from app.ui.wiring import PART


class Tab(NamedTuple):
    """title: on the tab; build: lays it out, and returns the tabs inside it if it has parts."""

    title: str
    build: Callable[[Services], gr.Tabs | None]


TABS = {
    "pipeline": Tab("Pipeline", pipeline.build),
    "encode": Tab("Encode", encode.build),
    "space": Tab("Latent space", space.build),
    "denoise": Tab("Denoise", denoise.build),
    "prompt": Tab("Prompt", prompt.build),
    "compress": Tab("Compress", compress.build),
}
"""A new tab is one file in app/ui/tabs and one line here: its name in addresses, its title, its builder."""

LAUNCH: dict[str, Any] = {
    "theme": make_theme(),
    "css": page_css(),
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
        gr.Markdown("# Latent Lab\nDo latent diffusion instead of reading about it.", elem_id="lab-head")
        inner: dict[str, gr.Tabs] = {}
        with gr.Tabs(elem_id="lab-tabs") as tabs:
            for name, tab in TABS.items():
                with gr.Tab(tab.title, id=name, elem_id=f"lab-{name}"):
                    parts = tab.build(services)
                if parts is not None:
                    inner[name] = parts
        gr.Markdown(footer(services), elem_id="lab-foot")

        def open_asked(asked: gr.Request) -> Any:
            return asked_tabs(dict(asked.query_params), list(inner))

        demo.load(open_asked, None, [tabs, *inner.values()], **ON_CPU)
    demo.queue(default_concurrency_limit=2, max_size=40, api_open=False)
    return demo


def asked_tabs(query: Mapping[str, str], inner: list[str]) -> Any:
    """Open the tab that the address names, and its part; the first ones for any other address.

    inner: the names of the tabs that have parts; gradio leaves a selection alone that does not exist.
    """
    name, part = str(query.get(TAB, "")), str(query.get(PART, ""))[:40]
    outer = gr.update(selected=name) if name in TABS else gr.skip()
    chosen = [outer, *(gr.update(selected=part) if one == name and part else gr.skip() for one in inner)]
    return chosen if inner else outer


def footer(services: Services) -> str:
    """Say where the models run, and which checkpoint folders were left out and why."""
    lines = [f"Every picture and number is computed here: {services.runtime.describe()}."]
    here = f"{services.catalogue.root}/"
    for name, problem in services.catalogue.problems.items():
        lines.append(f"Left out: **{escape(name)}**. {escape(problem.replace(here, ''))}")
    return "\n\n".join(lines)
