"""The browser of the tests is one that starts, and where none does, one is fetched with all it needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import chromium as module

ROOT = Path(__file__).parents[1]


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("text", ["exit 127", "echo 'needs the snap: snap install chromium'"])
def test_a_named_browser_that_does_not_start_is_none(tmp_path, monkeypatch, text):
    monkeypatch.setenv("CHROMIUM", str(script(tmp_path / "chrome", text)))
    assert module.find_chromium() is None
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "missing"))
    assert module.find_chromium() is None


def test_the_first_installed_one_that_starts_is_taken_and_each_is_tried_once(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    log = tmp_path / "tried"
    for name, answer in (("chromium", "exit 1"), ("google-chrome", "echo '<html></html>'")):
        script(tmp_path / "bin" / name, f"echo {name} >> {log}; {answer}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin:/usr/bin")
    monkeypatch.setattr(module.shutil, "which", lambda command: _there(tmp_path / "bin" / command))
    for _ in range(2):
        assert module.find_chromium() == str(tmp_path / "bin" / "google-chrome")
    assert log.read_text().split() == ["chromium", "google-chrome"]


def _there(path: Path) -> str | None:
    return str(path) if path.is_file() else None


def test_the_script_answers_make_with_its_exit_status(tmp_path):
    broken = os.environ | {"CHROMIUM": str(script(tmp_path / "chrome", "exit 127"))}
    done = subprocess.run([sys.executable, "tests/chromium.py"], cwd=ROOT, env=broken, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.browser
def test_the_one_that_is_found_starts(chromium):
    assert module.starts(chromium)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
@pytest.mark.parametrize(
    ("root", "sudo", "libraries", "asked"),
    [
        (True, False, True, ["install --with-deps chromium"]),
        (False, True, True, ["install --with-deps chromium"]),
        (True, False, False, ["install --with-deps chromium", "install chromium"]),
        (False, False, True, ["install chromium"]),
    ],
)
def test_where_there_is_no_debian_package_libraries_come_with_the_download(tmp_path, root, sudo, libraries, asked):
    """libraries: False where Playwright knows no packages for this system, as on Fedora."""
    tools, log = tmp_path / "bin", tmp_path / "log"
    script(tools / "grep", "exit 1")  # no Debian
    script(tools / "id", f"echo {0 if root else 1000}")
    script(tools / "sudo", f"exit {0 if sudo else 1}")
    refuses = "" if libraries else 'case "$*" in *with-deps*) exit 1;; esac'
    script(tools / "python", f'echo "$*" >> {log}\n{refuses}')
    command = ["make", "--no-print-directory", "install-chromium", f"BIN={tools}"]
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    subprocess.run(command, cwd=ROOT, env=os.environ | path, capture_output=True, check=True)
    assert log.read_text().splitlines() == [f"-m playwright {each}" for each in asked]
