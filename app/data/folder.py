"""The class's own pictures: a folder tree or an uploaded zip, with captions.csv if there is one.

One picture in ten, chosen by its name, is held out; adding a file never moves another to the other split.
"""

import csv
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path, PurePosixPath

import numpy as np

from app.core.errors import BadData, BadUpload
from app.core.randomness import seed_of
from app.data.arrays import ArraySet
from app.data.base import Split
from app.data.uploads import OWN_DISK, STRANGER, Limits, fit_square, read_upload

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
CAPTIONS = "captions.csv"

MOST_PICTURES = 20_000
MOST_ZIP_FILES = 5_000
MOST_ZIP_BYTES = 100_000_000
MOST_UNPACKED_BYTES = 500_000_000
MOST_MEMORY_BYTES = 1_000_000_000

CENTRAL_ENTRY = b"PK\x01\x02"
"""Stands before every name in a zip's table of contents (PKWARE APPNOTE 4.3.12)."""

Files = Mapping[str, Callable[[], bytes]]
"""A relative name with forward slashes -> what reads that file."""


def held_out(file: str) -> bool:
    """Whether a file, named relative to its folder, belongs to the test split: true for one name in ten."""
    return seed_of("folder", file) % 10 == 0


def open_folder(path: str | Path, split: Split, side: int) -> ArraySet:
    """Open the pictures under `path`. What can't be read is skipped; `.problems` has a sentence about each."""
    root = Path(path).expanduser()
    if not str(path) or not root.is_dir():
        raise BadData(f"There is no folder '{path}'.", hint="Write folder: and the path of a folder of pictures.")
    found = sorted(each for each in root.rglob("*") if each.is_file())
    files = {each.relative_to(root).as_posix(): _reader(each) for each in found}
    return _open_files(f"folder:{root.resolve().name}", files, split, side, OWN_DISK)


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        with open(path, "rb") as file:
            return file.read(OWN_DISK.file_bytes + 1)

    return read


def from_zip(data: bytes, split: Split, side: int, name: str = "upload") -> ArraySet:
    """Open the pictures in an uploaded zip without writing anything to the disk; raises BadUpload for an unsafe one."""
    if len(data) > MOST_ZIP_BYTES:
        raise _unsafe(f"is {len(data) / 1e6:.0f} MB; the most is {MOST_ZIP_BYTES / 1e6:.0f} MB")
    if data.count(CENTRAL_ENTRY) > MOST_ZIP_FILES:  # before zipfile makes an object of each
        raise _unsafe(f"holds more than {MOST_ZIP_FILES} files")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except Exception as error:  # arbitrary bytes: BadZipFile, and also struct.error, ValueError, NotImplementedError
        raise BadUpload("The file is no zip, or a damaged one.", hint="Make the zip again.") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _check_entries(entries)
        files = {entry.filename: _member_reader(archive, entry) for entry in entries}
        return _open_files(f"folder:{name}", files, split, side, STRANGER)


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse a zip that would reach outside its folder, or unpack to far more than it should."""
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED_BYTES:
        raise _unsafe(f"unpacks to {unpacked / 1e6:.0f} MB; the most is {MOST_UNPACKED_BYTES / 1e6:.0f} MB")
    for entry in entries:
        parts = PurePosixPath(entry.orig_filename.replace("\\", "/")).parts
        if ".." in parts or parts[:1] == ("/",) or ":" in "".join(parts[:1]) or "\0" in entry.orig_filename:
            raise _unsafe(f"names a file outside its folder ({entry.orig_filename!r})")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _unsafe(f"holds a symbolic link ({entry.filename!r})")
        if entry.flag_bits & 1:
            raise _unsafe("is locked with a password")


def _member_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(entry) as member:
                return member.read(STRANGER.file_bytes + 1)  # never more, whatever size the entry claims
        except Exception as error:  # a damaged member: BadZipFile, zlib.error, NotImplementedError ...
            raise BadUpload("It is damaged inside the zip.", hint="Make the zip again.") from error

    return read


def _unsafe(why: str) -> BadUpload:
    return BadUpload(f"The zip {why}.", hint="Zip a plain folder of pictures and captions.csv, nothing else.")


def _open_files(name: str, files: Files, split: Split, side: int, limits: Limits) -> ArraySet:
    wanted = [file for file in sorted(files) if _is_picture(file)]
    mine = [file for file in wanted if held_out(file) == (split == "test")]
    if len(mine) > MOST_PICTURES or len(mine) * 3 * side * side > MOST_MEMORY_BYTES:
        raise BadData(f"{name} holds {len(mine)} pictures: too many.", hint="Use fewer pictures, or a smaller side.")
    captions, problems = _read_captions(files, limits)
    known = set(wanted)
    problems += [f"{file}: captioned, but no such picture." for file in captions if file not in known]
    pictures: dict[str, np.ndarray] = {}
    for file in mine:
        try:
            square = fit_square(read_upload(files[file](), longest=max(1024, 4 * side), limits=limits), side)
            pictures[file] = np.asarray(square).transpose(2, 0, 1)
        except (BadUpload, OSError) as error:
            problems.append(f"{file}: {getattr(error, 'message', 'it could not be opened.')}")
    if not pictures:
        raise _nothing_there(name, split, len(wanted), problems)
    texts = [captions.get(file, "") for file in pictures]
    unknown = np.full(len(pictures), -1, np.int64)
    return ArraySet(name, side, np.stack(list(pictures.values())), texts, unknown, tuple(problems))


def _is_picture(file: str) -> bool:
    """Tell pictures from all else, also from the '._name' twins that macOS puts into a zip."""
    path = PurePosixPath(file)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and "__MACOSX" not in path.parts


def _nothing_there(name: str, split: Split, wanted: int, problems: list[str]) -> BadData:
    if wanted and not problems:
        return BadData(
            f"{name} has {wanted} pictures, and none of them falls into the {split} split.",
            hint="One in ten is held out: use at least 30 pictures.",
        )
    first = f" The first: {problems[0]}" if problems else ""
    return BadData(f"{name} has no picture that can be read.{first}", hint=f"Pictures end in {', '.join(SUFFIXES)}.")


def _read_captions(files: Files, limits: Limits) -> tuple[dict[str, str], list[str]]:
    """Read the captions.csv nearest the top: columns file and caption, files named relative to the csv itself."""
    places = sorted((file for file in files if PurePosixPath(file).name == CAPTIONS), key=lambda file: file.count("/"))
    if not places:
        return {}, []
    try:
        rows = list(_rows(files[places[0]]().decode("utf-8-sig")))
    except (BadUpload, OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        return {}, [f"{places[0]}: not a table in UTF-8 with the columns file and caption ({error})."]
    parent = PurePosixPath(places[0]).parent
    return {(parent / file).as_posix(): caption.strip() for file, caption in rows}, []


def _rows(text: str) -> Iterator[tuple[str, str]]:
    for row in csv.DictReader(StringIO(text)):
        yield row["file"].strip().replace("\\", "/"), row["caption"] or ""
