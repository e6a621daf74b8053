"""Assemble the page: heading, one tab a lab, and how it is launched."""

from html import escape
from typing import Any

import gradio as gr

from app.ui.events import ON_CPU
from app.ui.links import TAB
from app.ui.services import Services, make_services
from app.ui.tabs import encode, pipeline
from app.ui.theme import make_theme, page_css

TABS = {"Pipeline": pipeline.build, "Encode": encode.build}
"""A new tab is one file in app/ui/tabs and one line here."""

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
        with gr.Tabs() as tabs:
            for name, build in TABS.items():
                with gr.Tab(name, id=name.lower()):
                    build(services)
        gr.Markdown(footer(services), elem_id="lab-foot")
        demo.load(asked_tab, None, tabs, **ON_CPU)
    demo.queue(default_concurrency_limit=2, max_size=40, api_open=False)
    return demo


def asked_tab(asked: gr.Request) -> Any:
    """Open the tab that the address names; the first one for any other address."""
    name = str(dict(asked.query_params).get(TAB, ""))
    return gr.update(selected=name) if name in {tab.lower() for tab in TABS} else gr.skip()


def footer(services: Services) -> str:
    """Say where the models run, and which checkpoint folders were left out and why."""
    lines = [f"Every picture and number is computed here: {services.runtime.describe()}."]
    here = f"{services.catalogue.root}/"
    for name, problem in services.catalogue.problems.items():
        lines.append(f"Left out: **{escape(name)}**. {escape(problem.replace(here, ''))}")
    return "\n\n".join(lines)
