"""The command line as a user types it: what it writes, what it prints, and how it answers mistakes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli import main
from tests.checkpoints import make_zoo

ROOT = Path(__file__).parents[1]
CAPTION = "a small striped red star at the top left on a blue background"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory) -> Path:
    return make_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.radial_gradient("L").convert("RGB").resize((70, 51)).save(path)
    return path


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def call(capsys, *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, out, err


def refused(capsys, *arguments: object) -> str:
    """Run a command that must be refused: status 2, one sentence and one hint, nothing on standard output."""
    status, out, err = call(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert len(err.splitlines()) == 2
    assert all(line for line in err.splitlines())
    return err


def test_the_same_seed_gives_the_same_file_and_another_seed_another(capsys, zoo, tmp_path):
    files = [tmp_path / name for name in ("one.png", "two.png", "three.png")]
    for file, seed in zip(files, (7, 7, 8), strict=True):
        status, _, err = call(
            capsys,
            "generate",
            CAPTION,
            "--checkpoints",
            zoo,
            "--seed",
            seed,
            "--steps",
            3,
            "--guidance",
            3,
            "--out",
            file,
        )
        assert (status, err) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes() != files[2].read_bytes()
    assert size_of(files[0]) == (64, 64)


def test_encode_writes_latents_and_maps_and_prints_numbers(capsys, zoo, tmp_path, photo):
    out = tmp_path / "encoded"
    status, text, _ = call(capsys, "encode", photo, "--checkpoints", zoo, "--vae", "f4c4", "--out", out)
    assert status == 0
    with np.load(out / "latents.npz") as latents:
        assert latents["mean"].shape == latents["logvar"].shape == latents["z"].shape == (4, 12, 17)
    assert size_of(out / "reconstruction.png") == (68, 48)
    assert {"mean.png", "std.png"} <= {path.name for path in out.iterdir()}
    assert "4 x 12 x 17" in text
    assert "9792 in, 816 out, 12.0 times fewer" in text
    assert all(word in text for word in ("bits", "PSNR", "SSIM"))


@pytest.mark.parametrize(
    ("size", "extra", "said"),
    [
        ((1200, 300), (), "1200 x 300 pixels, reduced to 1024 x 256"),
        ((300, 1200), (), "300 x 1200 pixels, reduced to 256 x 1024"),
        ((64, 32), (), "64 x 32 pixels"),
        ((70, 51), (), "70 x 51 pixels, encoded at 64 x 48"),
        ((1500, 750), ("--side", 16), "1500 x 750 pixels, reduced to 1024 x 512, encoded at 16 x 16"),
    ],
)
def test_encode_says_the_size_of_the_picture_and_what_became_of_it(capsys, zoo, tmp_path, size, extra, said):
    path, out = tmp_path / "large.png", tmp_path / "e"
    Image.new("RGB", size, "teal").save(path)
    status, text, _ = call(capsys, "encode", path, "--checkpoints", zoo, "--vae", "f8c4", "--out", out, *extra)
    assert status == 0
    assert text.splitlines()[0] == f"picture        {said}"


def test_the_size_of_a_photograph_is_told_as_it_is_held(capsys, zoo, tmp_path):
    """A camera turned on its side: 600 x 450 in the file, 450 x 600 to the eye."""
    path, exif = tmp_path / "turned.jpg", Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (600, 450), "teal").save(path, exif=exif)
    out = call(capsys, "encode", path, "--checkpoints", zoo, "--out", tmp_path / "e", "--side", 16, "--json")[1]
    assert json.loads(out)["size_in_file"] == [450, 600]


def test_the_help_of_side_says_what_happens_without_it(capsys):
    with pytest.raises(SystemExit):
        main(["encode", "--help"])
    assert "1024" in capsys.readouterr().out


def test_encode_prints_the_same_as_json(capsys, zoo, tmp_path, photo):
    status, text, _ = call(
        capsys, "encode", photo, "--checkpoints", zoo, "--vae", "f8c4", "--out", tmp_path / "e", "--json"
    )
    numbers = json.loads(text)
    assert status == 0
    assert numbers["latent_shape"] == [4, 6, 8]
    assert numbers["reduction"] == pytest.approx(48.0)
    assert numbers["kl_bits"] >= 0


def test_an_unknown_word(capsys, zoo, tmp_path):
    err = refused(capsys, "generate", "a small strped star", "--checkpoints", zoo, "--out", tmp_path / "x.png")
    assert "'strped'" in err
    assert "striped" in err


@pytest.mark.parametrize(("option", "value"), [("--steps", 0), ("--steps", 10**6), ("--guidance", -1), ("--seed", -1)])
def test_numbers_out_of_range(capsys, zoo, tmp_path, option, value):
    refused(capsys, "generate", CAPTION, "--checkpoints", zoo, "--out", tmp_path / "x.png", option, value)


def test_a_file_that_is_no_picture(capsys, zoo, tmp_path):
    path = tmp_path / "text.png"
    path.write_text("not a picture")
    refused(capsys, "encode", path, "--checkpoints", zoo, "--vae", "f4c4", "--out", tmp_path / "e")
    refused(capsys, "encode", tmp_path / "missing.png", "--checkpoints", zoo, "--vae", "f4c4", "--out", tmp_path / "e")


def test_a_missing_checkpoint(capsys, zoo, tmp_path, photo):
    assert "f4c4" in refused(capsys, "encode", photo, "--checkpoints", zoo, "--vae", "f4c5", "--out", tmp_path / "e")
    refused(capsys, "generate", CAPTION, "--checkpoints", tmp_path / "nowhere", "--out", tmp_path / "x.png")
    refused(capsys, "evaluate", "nothing", "--checkpoints", zoo)


def test_unknown_recipe_sampler_and_data(capsys, zoo, tmp_path):
    assert "Did you mean 'f4c4'?" in refused(capsys, "train", "f4c3", "--out", tmp_path / "t")
    assert "ddim" in refused(
        capsys, "generate", CAPTION, "--checkpoints", zoo, "--out", tmp_path / "x.png", "--sampler", "dddim"
    )
    refused(capsys, "train", "f4c4", "--out", tmp_path / "t", "--data", "folder:/no/such/place")
    refused(capsys, "train", "f4c4")


def test_the_list_of_recipes_names_every_one(capsys):
    from app.training.recipes import RECIPES

    status, out, _ = call(capsys, "train", "--list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RECIPES)


def test_evaluate_prints_json_and_writes_the_card(capsys, tmp_path):
    zoo = make_zoo(tmp_path)
    status, out, _ = call(capsys, "evaluate", "judge", "--checkpoints", zoo, "--count", 8, "--json")
    figures = json.loads(out)
    assert status == 0
    assert figures["one_thing"]["all_attributes"]["n"] == 8
    assert json.loads((zoo / "judge" / "card.json").read_text())["metrics"] == figures


def test_train_folder_then_use_the_result(capsys, tmp_path):
    """A class's own pictures: train for two steps, then encode with the model that came out."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for shade in range(0, 250, 12):
        Image.new("RGB", (80, 70), (shade, 100, 255 - shade)).save(pictures / f"{shade}.png")
    zoo = tmp_path / "zoo"
    status, _, _ = call(
        capsys, "train", "f8c4", "--out", zoo / "mine", "--data", f"folder:{pictures}", "--steps", 2, "--seed", 5
    )
    assert status == 0
    status, out, _ = call(
        capsys, "encode", pictures / "0.png", "--checkpoints", zoo, "--vae", "mine", "--out", tmp_path / "e", "--json"
    )
    assert status == 0
    assert json.loads(out)["latent_shape"] == [4, 8, 10]
    card = json.loads((zoo / "mine" / "card.json").read_text())
    assert (card["training"]["steps"], card["training"]["seed"]) == (2, 5)


def test_help_is_quick_and_names_every_command():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "app", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(command in done.stdout for command in ("serve", "generate", "encode", "train", "evaluate"))
    assert " torch\n" not in done.stderr


def test_a_place_that_cannot_be_written_is_refused_before_the_work(capsys, zoo, tmp_path, photo, monkeypatch):
    from app.store import catalogue

    monkeypatch.setattr(catalogue, "load_checkpoint", lambda *_, **__: pytest.fail("the work had begun"))
    file = tmp_path / "a file"
    file.write_text("here")
    refused(capsys, "generate", CAPTION, "--checkpoints", zoo, "--out", file / "x.png")
    refused(capsys, "encode", photo, "--checkpoints", zoo, "--out", file)
    refused(capsys, "encode", photo, "--checkpoints", zoo, "--out", file / "deeper" / "still")
    (tmp_path / "folder.png").mkdir()
    for out in (tmp_path, tmp_path / "folder.png", tmp_path / "x.jpg", tmp_path / "x"):
        assert "PNG" in refused(capsys, "generate", CAPTION, "--checkpoints", zoo, "--out", out)


def test_a_disk_that_fills_up_is_said_in_words(capsys, zoo, tmp_path, photo, monkeypatch):
    from app.core import files

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    out = tmp_path / "x.png"
    assert "No space" in refused(capsys, "generate", CAPTION, "--checkpoints", zoo, "--steps", 1, "--out", out)
    assert "No space" in refused(capsys, "encode", photo, "--checkpoints", zoo, "--out", tmp_path / "e")


def test_encode_refuses_impossible_sides_and_takes_large_files_of_ones_own(capsys, zoo, tmp_path):
    large = tmp_path / "large.bmp"
    Image.new("RGB", (2000, 1500), "teal").save(large)  # 9 MB: more than a stranger may send
    status, out, _ = call(
        capsys, "encode", large, "--checkpoints", zoo, "--out", tmp_path / "e", "--side", 16, "--json"
    )
    assert (status, json.loads(out)["latent_shape"]) == (0, [4, 4, 4])
    for side in (0, -4, 10**9):
        refused(capsys, "encode", large, "--checkpoints", zoo, "--out", tmp_path / "e", "--side", side)


def test_evaluate_prints_rates_as_percent_with_interval_and_n(capsys, tmp_path):
    zoo = make_zoo(tmp_path)
    status, out, _ = call(capsys, "evaluate", "judge", "--checkpoints", zoo, "--count", 8, "--dry-run")
    assert status == 0
    assert out.count("n = 8)") >= 8
    assert "95 % interval" in out
    assert "{" not in out
    refused(capsys, "evaluate", "judge", "--checkpoints", zoo, "--count", 0)


def test_evaluate_all_writes_cards_a_report_and_a_sheet_of_pictures(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("app.evaluation.generation.REFERENCES", 64)
    monkeypatch.setattr("app.evaluation.large_views.SIDE", 64)
    zoo = make_zoo(tmp_path)
    status, out, _ = call(capsys, "evaluate", "--all", "--count", "8", "--checkpoints", zoo)
    assert status == 0
    assert out.strip() == str(zoo / "REPORT.md")
    text = (zoo / "REPORT.md").read_text(encoding="utf-8")
    measured = json.loads((zoo / "f4c4" / "card.json").read_text())["metrics"]["held_out_scenes"]
    assert f"{measured['psnr_db']:.4g}" in next(line for line in text.splitlines() if line.startswith("| `f4c4` |"))
    assert "64. row 8, column 8: " in text
    assert "## Targets" in text
    assert "## Remedies" not in text
    assert size_of(zoo / "generated.png") == (512, 512)
    (zoo / "REMEDIES.md").write_text("## Remedies\n\nMore steps gave 0.4 dB.\n", encoding="utf-8")
    status, out, _ = call(capsys, "claims", "--only", 12, "--count", 2, "--checkpoints", zoo)
    mended = (zoo / "REPORT.md").read_text(encoding="utf-8")
    (claim,) = json.loads((zoo / "claims.json").read_text(encoding="utf-8"))
    assert (claim["number"], claim["count"]) == (12, 2)
    assert f"| 12 | {claim['statement']} | {claim['verdict']} | 2 |" in mended
    assert "## Remedies\n\nMore steps gave 0.4 dB.\n\n## Look at them" in mended
    assert "64. row 8, column 8: " in mended
    assert sum(line.startswith("| `f4c4` |") for line in mended.splitlines()) > 1
    (zoo / "REPORT.md").unlink()
    before = (zoo / "f4c4" / "card.json").read_bytes()
    status, out, _ = call(capsys, "evaluate", "--report", "--checkpoints", zoo)
    assert out.strip() == str(zoo / "REPORT.md")
    assert (zoo / "REPORT.md").read_text(encoding="utf-8") == mended
    assert (zoo / "f4c4" / "card.json").read_bytes() == before
    status, out, _ = call(capsys, "evaluate", "--costs", "--checkpoints", zoo)
    timed = json.loads((zoo / "f4c4" / "card.json").read_text())["metrics"]
    assert f"decode {timed['cost']['decode_ms']:8.2f} ms" in out
    known = json.loads(before)["metrics"]
    assert timed["cost"] != known["cost"]
    assert {**timed, "cost": 0} == {**known, "cost": 0}


@pytest.mark.parametrize("which", ["--all", "--report", "--costs"])
@pytest.mark.parametrize("extra", ["--json", "--dry-run"])
def test_what_goes_with_one_model_is_refused_for_all(capsys, zoo, which, extra):
    assert extra in refused(capsys, "evaluate", which, extra, "--checkpoints", zoo)
    assert not (zoo / "REPORT.md").exists()


@pytest.mark.parametrize("arguments", [(), ("f4c4", "--all"), ("f4c4", "--report"), ("--costs", "--report")])
def test_evaluate_wants_one_name_or_all(capsys, zoo, arguments):
    assert "--all" in refused(capsys, "evaluate", *arguments, "--checkpoints", zoo)


def test_claims_are_printed_with_figures_verdict_and_reason(capsys, zoo):
    status, out, _ = call(capsys, "claims", "--only", 12, 3, "--count", 3, "--checkpoints", zoo, "--dry-run")
    assert status == 0
    assert not (zoo / "claims.json").exists()
    assert out.index("3. ") < out.index("12. ")  # the order of the table
    assert out.count("Verdict: ") == out.count("Measured: ") == 2
    assert "race_pixels" in out
    assert "n = 3)" in out
    assert "15" in refused(capsys, "claims", "--only", 16, "--checkpoints", zoo)
    refused(capsys, "claims", "--count", 0, "--checkpoints", zoo)


def test_claims_as_json(capsys, zoo):
    status, out, _ = call(capsys, "claims", "--only", 12, "--count", 2, "--json", "--dry-run", "--checkpoints", zoo)
    (claim,) = json.loads(out)
    assert (status, claim["number"]) == (0, 12)
    assert set(claim) == {"number", "statement", "experiment", "count", "models", "verdict", "why", "figures"}
    assert all(set(figure) == {"label", "value"} for figure in claim["figures"])
