"""The README keeps its promises: its commands parse, its code runs, its pictures exist, its front matter is whole."""

import re
import shlex
from pathlib import Path

import pytest

from app.cli.arguments import make_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_command_shown_is_one_the_program_knows():
    shown = [line for block in blocks("") for line in block.splitlines() if line.startswith("python -m app")]
    assert len(shown) >= 5
    for line in shown:
        make_parser().parse_args(shlex.split(line)[3:])


def test_every_make_target_shown_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE)) <= targets


def test_every_picture_and_link_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert links
    assert missing == []


def test_the_front_matter_starts_the_page_that_is_pinned():
    front = dict(line.split(": ", 1) for line in README.split("---\n")[1].strip().splitlines())
    assert front["sdk"] == "gradio"
    assert f"gradio=={front['sdk_version']}" in (ROOT / "requirements.txt").read_text()
    assert (ROOT / front["app_file"]).is_file()


@pytest.mark.parametrize("code", blocks("python"))
def test_the_code_runs(code, capsys):
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["picture"].size == (64, 64)
    assert len(capsys.readouterr().out.splitlines()) == 20
