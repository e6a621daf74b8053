"""Files are old or new, never torn: whatever fails, and whenever the process is killed."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import BadRequest
from app.core.files import _digest, check_writable, sha256, write_atomically, write_json, writing_to
from tests.house.source import ROOT

OLD, NEW = "old" * 10, "new" * 10

HANGS_HALF_WAY = """
import sys, time
from pathlib import Path
from app.core.files import write_atomically
def write(part):
    with open(part, "w") as file:
        file.write("new")
        file.flush()
        print("half", flush=True)
        time.sleep(60)
write_atomically(Path(sys.argv[1]), write)
"""
WRITES_FOR_EVER = """
import itertools, sys
from pathlib import Path
from app.core.files import write_atomically
print("started", flush=True)
for n in itertools.cycle("0123456789"):
    write_atomically(Path(sys.argv[1]), lambda part: part.write_text(n * 300_000))
"""


def start(program: str, path: Path) -> subprocess.Popen[str]:
    """Start a program that writes to `path`, and wait for its first line."""
    command = [sys.executable, "-c", program, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def kill(process: subprocess.Popen[str]) -> None:
    with process:
        process.send_signal(signal.SIGKILL)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "file.txt").write_text(OLD)
    return tmp_path / "file.txt"


def test_a_kill_in_the_middle_leaves_the_old_file(path: Path) -> None:
    kill(start(HANGS_HALF_WAY, path))
    assert path.read_text() == OLD


def test_a_kill_at_any_moment_leaves_a_whole_file(path: Path) -> None:
    """Twelve kills spread over 120 ms of a process that does nothing but replace the file."""
    for moment in range(12):
        process = start(WRITES_FOR_EVER, path)
        time.sleep(moment / 100)
        kill(process)
        text = path.read_text()
        assert text == OLD or (len(text) == 300_000 and len(set(text)) == 1)


def test_success_replaces_the_file_and_leaves_nothing_else(path: Path) -> None:
    write_atomically(path, lambda part: _fill(part, NEW))
    assert path.read_text() == NEW
    assert [file.name for file in path.parent.iterdir()] == ["file.txt"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_failing_writer_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    def half(part: Path) -> None:
        _fill(part, NEW[:4])
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="full"):
        write_atomically(path, half)
    assert path.read_text() == OLD
    assert [file.name for file in path.parent.iterdir()] == ["file.txt"]


def test_the_new_bytes_are_on_the_disk_before_the_name_points_at_them(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    _spy(monkeypatch, "fsync", order)
    _spy(monkeypatch, "replace", order)
    write_atomically(path, lambda part: _fill(part, NEW))
    assert order[:2] == ["fsync", "replace"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_json(tmp_path / "a/b/c.json", {"é": [1, 0.1]})
    assert json.loads((tmp_path / "a/b/c.json").read_text("utf-8")) == {"é": [1, 0.1]}


def test_json_keeps_order_and_letters_and_refuses_what_json_has_not(path: Path) -> None:
    write_json(path, {"b": 1, "a": "σ"})
    assert path.read_text("utf-8") == '{\n  "b": 1,\n  "a": "σ"\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"loss": float("nan")})
    assert path.read_text("utf-8").startswith("{")


def test_a_table_of_numbers_has_a_line_a_row_and_texts_stay_as_they_are(path: Path) -> None:
    value = {"counts": [[1, -2.5e-7], [None, True]], "none": [], "text": "[\n  1,\n  2\n]", "mixed": [1, "a  b"]}
    write_json(path, value)
    text = path.read_text("utf-8")
    assert '"counts": [\n    [1, -2.5e-07],\n    [null, true]\n  ],\n' in text
    assert json.loads(text) == value


@pytest.mark.parametrize("size", [0, 3, (1 << 20) + 1])
def test_the_fingerprint_is_sha256_with_and_without_the_library_shortcut(tmp_path: Path, size: int) -> None:
    content = b"abc" * size
    (tmp_path / "f").write_bytes(content)
    expected = hashlib.sha256(content).hexdigest()
    with open(tmp_path / "f", "rb") as file:
        assert _digest(file) == expected
    assert sha256(tmp_path / "f") == expected


def _fill(path: Path, text: str) -> None:
    path.write_text(text)


def _spy(monkeypatch: pytest.MonkeyPatch, name: str, order: list[str]) -> None:
    import os

    original: Callable[..., None] = getattr(os, name)

    def noted(*arguments: object) -> None:
        order.append(name)
        original(*arguments)

    monkeypatch.setattr(os, name, noted)


def test_a_place_is_checked_without_being_made(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "newer")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("here")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadRequest, match="Nothing can be written"):
            check_writable(place)


def test_a_folder_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.files.os.access", lambda path, mode: path != tmp_path)
    with pytest.raises(BadRequest, match="may write"):
        check_writable(tmp_path / "new")


def test_what_goes_wrong_while_writing_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"x\.png cannot be written: Is a directory"), writing_to(tmp_path / "x.png"):
        raise IsADirectoryError(21, "Is a directory")
