"""Training everything: the order, what is skipped, what is trained anew, and a smoke run that makes a whole zoo."""

import io
import re
import shutil
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.cli import main, train_command
from app.core.registry import Registry
from app.labs import train_all as module
from app.labs import training_run
from app.labs.train_all import is_finished, training_order, unlike_recipe
from app.labs.train_estimate import estimate_all
from app.labs.training_run import TrainRequest, run_training
from app.models import RefinerConfig, VAEConfig
from app.store.card import read_card
from app.store.catalogue import CHECKPOINTS, open_catalogue
from app.training.config import TrainConfig
from app.training.recipe import Recipe
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, make_vae, make_zoo

SMALL = VAEConfig(f=16, c=2, widths=(8, 8, 8, 8))
SHORT = replace(RECIPES["digits"], model=SMALL, train=TrainConfig(steps=2, batch_size=8), examples=16)
TABLE = {
    "digits": SHORT,
    "decoder": replace(SHORT, start_from="digits", frozen=("encoder",)),
    "refiner": replace(SHORT, kind="refiner", model=RefinerConfig("digits", width=8, blocks=1)),
}
"""A VAE, its decoder trained further, and a refiner of its pictures."""


def use_table(patch: pytest.MonkeyPatch, table: dict[str, Recipe]) -> None:
    for place in (module, training_run):
        patch.setattr(place, "RECIPES", Registry("recipe", **table))


def request_of(name: str, root: Path) -> TrainRequest:
    return TrainRequest(name, root / name, checkpoints=root, overwrite=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The table, trained; not to be changed."""
    root = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        use_table(patch, TABLE)
        assert {each.recipe for each in module.train_all(root, RUNTIME)} == set(TABLE)
    return root


@pytest.fixture
def zoo(trained, tmp_path, monkeypatch) -> Path:
    """A copy of what was trained, with its table in use."""
    use_table(monkeypatch, TABLE)
    return Path(shutil.copytree(trained, tmp_path / "zoo"))


def trained_again(root: Path) -> dict[str, tuple[str, ...]]:
    """Train what is not finished; returns what differed in each model that was replaced."""
    progress = list(module.train_all(root, RUNTIME))
    return {at.recipe: at.replaces for at in progress if not (at.report or at.card)}


def test_each_recipe_comes_after_those_it_needs():
    order = training_order()
    assert sorted(order) == sorted(RECIPES)
    for name, recipe in RECIPES.items():
        assert all(order.index(needed) < order.index(name) for needed in recipe.needs)


def test_another_models_folder_is_not_mistaken_for_a_finished_recipe(tmp_path):
    make_vae(tmp_path, "f4c4", 4, 4)
    assert not is_finished(TrainRequest("f4c4", tmp_path / "f4c4", checkpoints=tmp_path))
    assert not is_finished(TrainRequest("f8c4", tmp_path / "f8c4", checkpoints=tmp_path))


def test_what_is_finished_is_left_as_it_is(zoo):
    assert [at.before for at in module.train_all(zoo, RUNTIME)] == [True] * len(TABLE)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"reconstruction": "sharp"}, "reconstruction"),
        ({"data": "scenes"}, "data"),
        ({"side": 32}, "data"),
        ({"crop": 8}, "crop"),
        ({"examples": 17}, "examples"),
        ({"model": replace(SMALL, kl_weight=0.5)}, "config"),
        *(
            ({"train": replace(SHORT.train, **{name: value})}, name)
            for name, value in {
                "seed": 1,
                "steps": 3,
                "batch_size": 9,
                "learning_rate": 0.5,
                "optimiser": "adamw",
                "clip_norm": 2.0,
            }.items()
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_made_otherwise_than_its_recipe_is_not_finished(zoo, monkeypatch, changes, named):
    use_table(monkeypatch, TABLE | {"digits": replace(SHORT, **changes)})
    assert unlike_recipe(request_of("digits", zoo)) == {named}


def test_one_begun_with_other_weights_than_the_recipe_says_is_not_finished(zoo, monkeypatch):
    use_table(monkeypatch, TABLE | {"digits": TABLE["decoder"], "decoder": SHORT})
    assert unlike_recipe(request_of("digits", zoo)) >= {"started_from"}
    assert unlike_recipe(request_of("decoder", zoo)) >= {"started_from"}


def test_what_stands_on_a_model_that_was_trained_anew_is_trained_anew_and_says_why(zoo, monkeypatch, capsys):
    """The new digits have other latents: the decoder's encoder is not theirs, and the refiner saw other pictures."""
    other = replace(SHORT, train=replace(SHORT.train, seed=1))
    use_table(monkeypatch, TABLE | {"digits": other})
    train_command.show_training(module.train_all(zoo, RUNTIME))
    shown = capsys.readouterr().err
    assert "1/3 digits: trained anew, as the one that is there differs in seed\n" in shown
    assert "2/3 decoder: trained anew, as the one that is there differs in started_from\n" in shown
    assert "3/3 refiner: trained anew, as the one that is there differs in partner\n" in shown
    digits, decoder = (read_card(zoo / name / "card.json") for name in ("digits", "decoder"))
    assert digits.training.seed == 1
    assert decoder.latents_sha256 == digits.latents_sha256
    assert trained_again(zoo) == {}


def test_an_unfinished_training_that_cannot_be_taken_up_is_thrown_away_and_said(zoo, monkeypatch, capsys):
    """The recipe of the digits changed while they were half done: they begin anew, and so the rest is trained too."""
    shutil.rmtree(zoo)
    next(unfinished := run_training(request_of("digits", zoo), RUNTIME))
    unfinished.close()
    state = zoo / "digits/training/state.safetensors"
    assert state.exists()
    use_table(monkeypatch, TABLE | {"digits": replace(SHORT, train=replace(SHORT.train, seed=1))})
    train_command.show_training(module.train_all(zoo, RUNTIME))
    shown = capsys.readouterr().err
    assert f"1/3 digits: begun anew. {state} was written by a training with other settings" in shown
    assert shown.count("begun anew") == 1
    assert read_card(zoo / "digits/card.json").training.seed == 1
    assert not state.exists()
    assert trained_again(zoo) == {}


def test_an_unfinished_training_of_another_partner_is_thrown_away(zoo, monkeypatch):
    shutil.rmtree(zoo / "refiner")
    next(unfinished := run_training(request_of("refiner", zoo), RUNTIME))
    unfinished.close()
    use_table(monkeypatch, TABLE | {"digits": replace(SHORT, train=replace(SHORT.train, seed=1))})
    discards = {at.recipe: at.discards for at in module.train_all(zoo, RUNTIME) if at.discards}
    assert list(discards) == ["refiner"]


def test_a_state_that_fits_is_taken_up_and_not_thrown_away(zoo):
    shutil.rmtree(zoo / "refiner")
    next(unfinished := run_training(request_of("refiner", zoo), RUNTIME))
    unfinished.close()
    progress = list(module.train_all(zoo, RUNTIME))
    assert [at.report.step for at in progress if at.report] == [2]
    assert not any(at.discards for at in progress)


@pytest.fixture
def killed(zoo, monkeypatch):
    """A kill came when the digits' checkpoint was written and the rest not yet removed."""
    shutil.rmtree(zoo / "digits")
    with monkeypatch.context() as patch:
        patch.setattr(training_run, "discard_unfinished", lambda folder: None)
        list(run_training(request_of("digits", zoo), RUNTIME))
    left = zoo / "digits/training"
    (left / "examples.safetensors").write_bytes(b"some")
    assert (left / "state.safetensors").exists()
    return zoo, left


def test_what_a_kill_left_beside_a_finished_model_is_removed_by_the_next_training_of_all(killed):
    zoo, left = killed
    assert trained_again(zoo) == {}
    assert [path.name for path in left.iterdir()] == ["log.csv"]


def test_it_is_removed_by_the_next_training_of_that_recipe_and_the_model_stays(killed, capsys):
    zoo, left = killed
    before = (zoo / "digits/card.json").read_bytes()
    assert main(["train", "digits", "--out", str(zoo / "digits"), "--checkpoints", str(zoo), "--resume"]) == 2
    assert "finished model" in capsys.readouterr().err
    assert [path.name for path in left.iterdir()] == ["log.csv"]
    assert (zoo / "digits/card.json").read_bytes() == before


def test_a_damaged_model_is_trained_anew_and_a_missing_one_replaces_nothing(zoo):
    (zoo / "refiner" / "weights.safetensors").write_bytes(b"torn")
    shutil.rmtree(zoo / "decoder")
    assert trained_again(zoo) == {"decoder": (), "refiner": ("files",)}


def test_a_missing_partner_is_no_error_but_a_model_to_train_again(zoo, monkeypatch):
    shutil.rmtree(zoo / "digits")
    monkeypatch.setattr("app.labs.train_estimate.RECIPES", Registry("recipe", **TABLE))
    assert unlike_recipe(request_of("refiner", zoo)) == {"partner"}
    assert unlike_recipe(request_of("decoder", zoo)) == {"started_from"}
    assert not any(each.finished for each in estimate_all(RUNTIME, 0.01, zoo))


def test_a_smoke_run_never_replaces_models_trained_for_longer(tmp_path, capsys):
    zoo = make_zoo(tmp_path / "zoo")
    before = {path: path.read_bytes() for path in zoo.rglob("*.*")}
    assert main(["train", "--all", "--smoke", "--out", str(zoo)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    assert "not from a smoke run" in err
    assert "f4c4, f8c4, generator, judge" in err
    assert {path: path.read_bytes() for path in zoo.rglob("*.*")} == before
    (zoo / "f4c4" / "card.json").rename(zoo / "f4c4" / "card.next.json")
    for name in ("f8c4", "generator", "judge"):
        shutil.rmtree(zoo / name)
    assert main(["train", "--all", "--smoke", "--out", str(zoo)]) == 2  # a kill came before the card's turn


def test_everything_goes_to_the_checkpoints_if_no_folder_is_named(tmp_path, monkeypatch, capsys):
    went = []
    monkeypatch.setattr(module, "train_all", lambda root, *_, smoke: went.append((root, smoke)) or iter(()))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for extra in ([], ["--out", str(tmp_path / "mine")], ["--smoke"]):
        assert main(["train", "--all", *extra]) == 0
    assert went[:2] == [(CHECKPOINTS, False), (tmp_path / "mine", False)]
    assert went[2][0].parent == tmp_path
    assert f"Training into {went[2][0]} on" in capsys.readouterr().err


def test_estimates_are_for_the_folder_that_would_be_trained_into(tmp_path, monkeypatch):
    asked = []
    estimates = "app.labs.train_estimate.estimate_all"
    monkeypatch.setattr(estimates, lambda runtime, seconds, root: asked.append(root) or iter(()))
    for extra in ([], ["--checkpoints", str(tmp_path)], ["--out", str(tmp_path / "mine")]):
        assert main(["train", "--all", "--estimate", *extra]) == 0
    assert asked == [CHECKPOINTS, tmp_path, tmp_path / "mine"]


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        (["--save-steps", "5"], "--save-steps"),
        (["--save-steps", "5", "--estimate"], "--save-steps"),
        (["--smoke", "--estimate"], "--estimate"),
        (["--steps", "5"], "--steps"),
        (["--start-from", "digits"], "--start-from"),
        (["digits"], "no recipe"),
    ],
)
def test_what_would_be_ignored_is_refused_with_a_sentence(extra, named, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(module, "train_all", lambda *_, **__: pytest.fail("trained"))
    monkeypatch.setattr("app.labs.train_estimate.estimate_all", lambda *_: pytest.fail("estimated"))
    assert main(["train", "--all", "--out", str(tmp_path / "mine"), *extra]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    assert named in err


@pytest.mark.parametrize("extra", [["--smoke"], ["--estimate"]])
def test_what_goes_with_all_is_refused_without_it(extra, tmp_path, capsys):
    assert main(["train", "digits", "--out", str(tmp_path / "mine"), *extra]) == 2
    assert "--all" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@dataclass(frozen=True)
class Call:
    """What a command line answered, and the number of each step it made."""

    status: int
    out: str
    err: str
    steps: tuple[int, ...]

    @property
    def seconds(self) -> dict[str, float]:
        """What was printed for each recipe, and for all."""
        return {name: float(value) for name, value in re.findall(r"^(\S+) +([\d.]+) s", self.out, re.MULTILINE)}


def call(patch: pytest.MonkeyPatch, *extra: str, stop_after: int = 10**6) -> Call:
    """Run `train --all --smoke`; Ctrl-C comes after so many steps."""
    steps: list[int] = []

    def show(report):
        steps.append(report.step)
        if len(steps) == stop_after:
            raise KeyboardInterrupt

    patch.setattr(train_command, "show_progress", show)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["train", "--all", "--smoke", *extra])
    return Call(status, out.getvalue(), err.getvalue(), tuple(steps))


@pytest.fixture(scope="module")
def smoke(tmp_path_factory) -> tuple[Path, list[Call]]:
    """One smoke run as the user types it, broken off in the middle, taken up, and called once more when it is done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("smoke")))
        patch.setenv("LATENT_LAB_DEVICE", "cpu")
        patch.setenv("LATENT_LAB_DTYPE", "float32")
        first = call(patch, stop_after=3 * (len(RECIPES) // 2) + 2)
        root = Path(re.findall(r"Training into (\S+)", first.err)[0])
        return root, [first, *(call(patch, "--out", str(root)) for _ in range(2))]


@pytest.mark.slow
def test_a_smoke_run_makes_every_model(smoke):
    root, (_, second, _) = smoke
    assert second.status == 0
    catalogue = open_catalogue(root, RUNTIME)
    assert sorted(catalogue.cards) == sorted(RECIPES)
    assert catalogue.problems == {}
    for name in catalogue.names("denoiser"):
        catalogue.denoiser(name)


@pytest.mark.slow
def test_a_smoke_run_goes_on_where_it_was_broken_off(smoke):
    """13 recipes were done, and 2 of the next one's 3 steps: the second call begins with the third."""
    _, (first, second, third) = smoke
    half = len(RECIPES) // 2
    assert first.status == 130
    assert first.steps == (1, 2, 3) * half + (1, 2)
    assert second.steps == (3, *(1, 2, 3) * (len(RECIPES) - half - 1))
    assert second.out.count("finished before") == half
    assert (third.status, third.steps) == (0, ())
    assert third.out.count("finished before") == len(RECIPES)


@pytest.mark.slow
def test_a_smoke_run_reports_the_seconds_of_each_recipe_and_of_all(smoke):
    root, (first, second, third) = smoke
    order = training_order()
    made = {name: read_card(root / name / "card.json").training.seconds for name in order}
    assert list(first.seconds) == [*order[: len(order) // 2 + 1], "all"]
    assert f"{first.seconds[order[len(order) // 2]]} s, not finished" in first.out
    for done in (second, third):
        assert {name: done.seconds[name] for name in order} == made
        assert done.seconds["all"] == pytest.approx(sum(made.values()), abs=0.1)
