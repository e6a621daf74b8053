import stat
import zipfile
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app import data as module
from app.core.errors import BadData, BadUpload
from app.data import folder, open_dataset
from app.data.folder import from_zip, held_out, open_folder

COUNT = 60


@pytest.fixture
def files(encode) -> dict[str, bytes]:
    """60 pictures in two levels of folders, each filled with its own number; every third a JPEG."""
    made = {}
    for number in range(COUNT):
        form, suffix = ("JPEG", ".JPG") if number % 3 == 0 else ("PNG", ".png")
        name = f"{'inner/' if number % 2 else ''}{number}{suffix}"
        made[name] = encode(Image.new("RGB", (20 + number, 30), (4 * number,) * 3), form)
    return made


@pytest.fixture
def on_disk(files, tmp_path):
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def numbers(opened) -> list[int]:
    return [round(value / 4) for value in opened.pictures(range(len(opened))).mean(axis=(1, 2, 3))]


def test_the_splits_share_nothing_and_miss_nothing(on_disk):
    train, test = (numbers(open_folder(on_disk, split, 16)) for split in ("train", "test"))
    assert sorted(train + test) == list(range(COUNT))
    assert 1 <= len(test) <= 15


def test_a_new_file_moves_no_other_one_to_another_split(on_disk, encode):
    before = set(numbers(open_folder(on_disk, "test", 16)))
    for number in range(30):
        (on_disk / f"aa{number}.png").write_bytes(encode(Image.new("RGB", (9, 9), "white")))
    assert {number for number in numbers(open_folder(on_disk, "test", 16)) if number < COUNT} == before


def test_one_name_in_ten_is_held_out():
    share = np.mean([held_out(f"picture {number}.png") for number in range(4000)])
    assert abs(share - 0.1) < 5 * np.sqrt(0.09 / 4000)


def test_pictures_are_the_centred_square_at_the_side_asked_for(tmp_path, encode):
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = (10, 200, 30)
    for number in range(20):
        (tmp_path / f"{number}.png").write_bytes(encode(Image.fromarray(wide)))
    opened = open_folder(tmp_path, "train", 32)
    assert np.array_equal(np.unique(opened.pictures([0])[0, 1]), [200])
    assert opened.name == f"folder:{tmp_path.name}"


def test_captions_come_from_the_csv_and_others_are_empty(on_disk):
    rows = "".join(f"{'inner/' if n % 2 else ''}{n}{'.JPG' if n % 3 == 0 else '.png'},number {n}\n" for n in range(50))
    (on_disk / "captions.csv").write_text('file,caption\n"nobody.png",a ghost\n' + rows, encoding="utf-8-sig")
    opened = open_folder(on_disk, "train", 8)
    expected = [f"number {number}" if number < 50 else "" for number in numbers(opened)]
    assert opened.captions(range(len(opened))) == expected
    assert opened.problems == ("nobody.png: captioned, but no such picture.",)


@pytest.mark.parametrize("content", [b"picture;text\n1;2\n", b"\xff\xfe\xfa", b"file,text\n1.png,one\n"])
def test_a_csv_of_another_shape_is_a_problem_and_not_a_crash(on_disk, content):
    (on_disk / "captions.csv").write_bytes(content)
    (problem,) = open_folder(on_disk, "train", 8).problems
    assert problem.startswith("captions.csv: not a table")


def test_unreadable_files_are_skipped_and_named(on_disk):
    (on_disk / "text.png").write_bytes(b"not a picture")
    (on_disk / "empty.jpg").write_bytes(b"")
    (on_disk / "notes.txt").write_bytes(b"not even named like one")
    opened = [open_folder(on_disk, split, 8) for split in ("train", "test")]
    assert sum(len(each) for each in opened) == COUNT
    problems = sorted(problem for each in opened for problem in each.problems)
    assert [problem.split(":")[0] for problem in problems] == ["empty.jpg", "text.png"]


def test_an_empty_missing_or_tiny_folder_is_a_sentence(tmp_path, encode):
    with pytest.raises(BadData, match="no folder"):
        open_folder(tmp_path / "missing", "train", 8)
    with pytest.raises(BadData, match="no picture that can be read"):
        open_folder(tmp_path, "train", 8)
    name = next(f"{number}.png" for number in range(99) if not held_out(f"{number}.png"))
    (tmp_path / name).write_bytes(encode(Image.new("RGB", (9, 9))))
    with pytest.raises(BadData, match="none of them falls into the test split"):
        open_folder(tmp_path, "test", 8)


def test_too_many_pictures_for_the_memory_are_refused_before_decoding(on_disk, monkeypatch):
    monkeypatch.setattr(folder, "MOST_MEMORY_BYTES", 20 * 3 * 64 * 64)
    monkeypatch.setattr(folder, "read_upload", lambda *args, **options: pytest.fail("decoded"))
    with pytest.raises(BadData, match="too many"):
        open_folder(on_disk, "train", 64)


def test_a_zip_gives_what_its_folder_gives(on_disk, files):
    from_disk, from_upload = open_folder(on_disk, "train", 16), from_zip(zipped(files), "train", 16)
    every = range(len(from_disk))
    assert np.array_equal(from_disk.pictures(every), from_upload.pictures(every))


def test_a_zipped_folder_with_captions_and_macos_twins(files):
    wrapped = {f"pics/{name}": data for name, data in files.items()}
    wrapped |= {f"__MACOSX/pics/._{name}": b"twin" for name in files} | {"pics/._1.png": b"twin"}
    wrapped["pics/captions.csv"] = b"file,caption\ninner/1.png,the first\n"
    both = [from_zip(zipped(wrapped), split, 8) for split in ("train", "test")]
    assert sum(len(each) for each in both) == COUNT
    assert [text for each in both for text in each.texts if text] == ["the first"]
    assert [each.problems for each in both] == [(), ()]


@pytest.mark.parametrize(
    "name", ["../outside.png", "/etc/x.png", "a/../../x.png", "C:/x.png", "..\\x.png", "C:\\x.png"]
)
def test_a_zip_that_reaches_outside_is_refused(files, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadUpload, match="outside its folder"):
        from_zip(zipped(files | {name: b"x"}), "train", 8)
    assert list(tmp_path.iterdir()) == []


def test_a_zip_with_a_symbolic_link_is_refused(files):
    buffer = BytesIO(zipped(files))
    with zipfile.ZipFile(buffer, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadUpload, match="symbolic link"):
        from_zip(buffer.getvalue(), "train", 8)


def test_a_zip_bomb_is_refused_by_its_table_of_contents(monkeypatch):
    bomb = zipped({f"{number}.png": bytes(10_000_000) for number in range(6)})
    assert len(bomb) < 100_000
    monkeypatch.setattr(folder, "MOST_UNPACKED_BYTES", 50_000_000)
    with pytest.raises(BadUpload, match="unpacks to 60 MB; the most is 50 MB"):
        from_zip(bomb, "train", 8)


def test_a_member_that_lies_about_its_size_is_never_read_beyond_the_cap(files, monkeypatch):
    """The table of contents claims 100 bytes for a member of 50 MB: it is skipped, the others open."""
    data = bytearray(zipped(files | {"liar.png": bytes(50_000_000)}))
    entry = data.rfind(b"liar.png") - 46
    data[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    both = [from_zip(bytes(data), split, 8) for split in ("train", "test")]
    assert sum(len(each) for each in both) == COUNT
    assert [problem.split(":")[0] for each in both for problem in each.problems] == ["liar.png"]


def test_a_zip_of_too_many_files_is_refused_before_it_is_opened(monkeypatch):
    data = zipped({f"{number}.txt": b"" for number in range(folder.MOST_ZIP_FILES + 1)})
    monkeypatch.setattr(zipfile, "ZipFile", lambda *args: pytest.fail("opened"))
    with pytest.raises(BadUpload, match="more than 5000 files"):
        from_zip(data, "train", 8)


def test_a_locked_zip_is_refused(files):
    data = bytearray(zipped(files))
    entry = data.find(b"PK\x01\x02")
    data[entry + 8] |= 1  # general purpose bit 0: encrypted
    with pytest.raises(BadUpload, match="password"):
        from_zip(bytes(data), "train", 8)


def test_scrambled_zips_give_a_data_set_or_a_sentence(files):
    data, generator = zipped(files), np.random.default_rng(0)
    for length in range(0, len(data), len(data) // 20):
        with pytest.raises(BadUpload, match="no zip"):
            from_zip(data[:length], "train", 8)
    table = data.find(b"PK\x01\x02")
    for _ in range(60):
        changed = bytearray(data)
        for place in generator.integers(table, len(data), size=4):
            changed[place] = generator.integers(0, 256)
        with suppress(BadUpload, BadData):  # anything else fails the test
            from_zip(bytes(changed), "train", 8)


def test_a_zip_on_disk_is_opened_as_a_folder_is(files, tmp_path):
    path = tmp_path / "class + pets.ZIP"
    path.write_bytes(zipped(files))
    opened = open_dataset(f"folder:{path}", split="train", side=16)
    assert opened.name == "folder:class + pets.ZIP"
    assert np.array_equal(opened.pictures([0, 1]), from_zip(zipped(files), "train", 16).pictures([0, 1]))


def test_a_folder_that_is_called_like_a_zip_is_a_folder_and_a_missing_zip_a_sentence(on_disk, tmp_path):
    on_disk = on_disk.rename(tmp_path.parent / f"{tmp_path.name}.zip")
    assert len(open_dataset(f"folder:{on_disk}", split="train", side=8)) > 0
    with pytest.raises(BadData, match="no folder"):
        open_dataset("folder:/no/such/pictures.zip", split="train", side=8)


def test_a_zip_that_is_none_too_large_or_locked_away_is_a_sentence(tmp_path, monkeypatch):
    path = tmp_path / "pictures.zip"
    path.write_bytes(b"no zip at all")
    with pytest.raises(BadUpload, match="no zip"):
        open_dataset(f"folder:{path}", split="train", side=8)
    path.write_bytes(bytes(2_100_000))
    for place in (module, folder):
        monkeypatch.setattr(place, "MOST_ZIP_BYTES", 2_000_000)
    with pytest.raises(BadUpload, match="the most is 2 MB"):
        open_dataset(f"folder:{path}", split="train", side=8)

    def locked(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("app.core.files.open", locked, raising=False)
    with pytest.raises(BadData, match="Permission denied"):
        open_dataset(f"folder:{path}", split="train", side=8)
