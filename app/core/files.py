"""Files that are either old or new, never torn, and their fingerprints."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.core.errors import BadRequest, LabError

NUMBERS = re.compile(r'\[\n([^\[\]{}"]*)\n *\]')
"""An indented list without strings, lists or objects. It cannot lie in a string: JSON has no line breaks there."""


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to the disk, then rename it over `path`.

    A kill at any moment leaves the old file or the new one. The rename is atomic within one file system.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.chmod(part, 0o644)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically: indented, ASCII-safe off, keys in the order given; NaN is refused, as JSON has none.

    A list of numbers stays on one line, so that a table reads as one.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_text(path, NUMBERS.sub(lambda found: f"[{' '.join(found[1].split())}]", text))


def write_text(path: Path, text: str) -> None:
    """Write a text atomically, as UTF-8."""

    def write(part: Path) -> None:
        part.write_text(text, encoding="utf-8")

    write_atomically(path, write)


def read_at_most(path: Path, most: int, error: type[LabError]) -> bytes:
    """Read a file, one byte more than allowed at most; raise `error` if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except OSError as problem:
        hint = "Check the path, and who may read it."
        raise error(f"{path} cannot be read: {problem.strerror}.", hint=hint) from problem


def check_writable(folder: Path) -> None:
    """Raise BadRequest if files cannot be written to a folder, which need not exist yet; nothing is made or changed.

    Ask before long work, so that it is not lost for want of a place to put it.
    """
    nearest = next((each for each in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(each)), None)
    if nearest is None or not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        why = f"{nearest} is not a folder that you may write to"
        raise BadRequest(f"Nothing can be written to {folder}: {why}.", hint="Choose another place.")


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn what goes wrong while the user's files are written (a full disk, no permission) into a BadRequest."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadRequest(f"{path} cannot be written: {why}.", hint="Choose another place.") from error


def sha256(path: Path) -> str:
    """Return the file's SHA-256 as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _digest(file)


def _digest(file: Any) -> str:
    """hashlib.file_digest for Python 3.10, which lacks it."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()
