"""How the page looks: system fonts, one colour for each kind of thing, light and dark."""

from pathlib import Path

import gradio as gr

from app.figures.palette import KINDS, PAGE

STYLE_SHEET = Path(__file__).parent / "page.css"
STYLES = Path(__file__).parent / "styles"
"""Style sheets of the kit and of single tabs, added in the order of their names."""
SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def make_theme() -> gr.themes.Base:
    """Return gradio's plain theme with system fonts and with greys that can be read: at least 4.5 : 1."""
    return gr.themes.Base(primary_hue="blue", neutral_hue="slate", font=SANS, font_mono=MONO).set(
        body_background_fill="#f4f6f9",
        body_background_fill_dark="#0c0e12",
        body_text_color_subdued="#525c6b",
        body_text_color_subdued_dark="#aab3c0",
        block_label_text_color="#3d4653",
        block_title_text_color="#1d232b",
        block_title_text_weight="600",
        block_info_text_color="#525c6b",
        block_background_fill="#ffffff",
        block_background_fill_dark="#14171d",
        block_border_color="#dde2e9",
        block_border_color_dark="#2a303a",
        button_primary_background_fill="#0062a8",
        button_primary_background_fill_hover="#004f88",
        button_primary_background_fill_dark="#0062a8",
        button_primary_background_fill_hover_dark="#1173bd",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#e6eaf0",
        button_secondary_background_fill_hover="#dbe1e9",
        button_secondary_background_fill_dark="#262c36",
        button_secondary_background_fill_hover_dark="#323a46",
        input_background_fill="#f4f6f9",
        input_background_fill_dark="#1d222a",
        slider_color="#0062a8",
        slider_color_dark="#6cb8f5",
        button_large_radius="10px",
        block_radius="14px",
    )


def kind_colours() -> str:
    """Return the palette as CSS variables, so that Python and the style sheet cannot drift."""
    light = "".join(f"--kind-{kind}:{ink.light};" for kind, ink in KINDS.items()) + f"--lab-card:{PAGE.light};"
    dark = "".join(f"--kind-{kind}:{ink.dark};" for kind, ink in KINDS.items()) + f"--lab-card:{PAGE.dark};"
    classes = "".join(f".kind-{kind}{{--kind:var(--kind-{kind})}}" for kind in KINDS)
    return f":root{{{light}}}.dark{{{dark}}}{classes}"


def page_css() -> str:
    """Return the whole style sheet."""
    sheets = [STYLE_SHEET, *sorted(STYLES.glob("*.css"))]
    return kind_colours() + "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
