"""The training lab: what is written where, and how a training can begin with another one's weights."""

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import StringIO

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from app.core.errors import BadCheckpoint, BadRequest, TrainingFailed
from app.core.registry import Registry
from app.labs import training_run
from app.labs.training_run import TrainRequest, run_training
from app.models.vae import VAE
from app.store.card import read_card
from app.store.catalogue import open_catalogue
from app.training import loop, state
from app.training.loop import Run
from app.training.recipe import make_model
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, make_vae
from tests.labs.small_race import small_recipes, use_small_recipes


def run(out, **settings):
    return list(run_training(TrainRequest("digits", out, **({"steps": 3} | settings)), RUNTIME))


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """The folder of a training of 60 steps, in one of its own."""
    out = tmp_path_factory.mktemp("zoo") / "digits"
    run(out, steps=60)
    return out


def test_the_card_tells_how_the_weights_were_made(tmp_path):
    reports = run(tmp_path / "mine", seed=11)
    card = read_card(tmp_path / "mine" / "card.json")
    assert (card.name, card.kind) == ("mine", "vae")
    assert (card.training.recipe, card.training.seed, card.training.steps) == ("digits", 11, 3)
    assert card.training.seconds >= reports[-1].seconds - 0.05
    assert "test" in card.training.machine
    assert card.parameters == sum(value.numel() for value in load_file(tmp_path / "mine/weights.safetensors").values())


def test_the_latent_scale_makes_training_latents_unit_variance(learnt):
    from app.core.pictures import from_bytes
    from app.data import open_dataset

    model = open_catalogue(learnt.parent, RUNTIME).vae("digits")
    data = open_dataset("digits", split="train", side=16)
    with torch.inference_mode():
        mean, logvar = model.network.encode(from_bytes(data.pictures(range(len(data)))))
    total = (mean.double().var(dim=(0, 2, 3)) + logvar.double().exp().mean(dim=(0, 2, 3))).sqrt()
    assert model.scale.std == pytest.approx(total.tolist(), rel=0.1)
    assert model.scale.mean == pytest.approx(mean.double().mean(dim=(0, 2, 3)).tolist(), abs=0.1)


def test_equal_seeds_train_equal_weights_and_other_seeds_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(tmp_path / name, seed=seed)
    a, b, c = (load_file(tmp_path / name / "weights.safetensors") for name in "abc")
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not all(torch.equal(a[name], c[name]) for name in a)


def test_a_training_can_begin_with_other_weights(tmp_path, learnt):
    fresh = run(tmp_path / "fresh", steps=1)
    warm = run(tmp_path / "warm", steps=1, start_from=learnt)
    assert warm[0].loss < 0.7 * fresh[0].loss
    settings = read_card(tmp_path / "warm" / "card.json").training.settings
    assert settings["started_from"]["steps"] == 60


def test_a_rung_begins_with_the_layers_of_another_that_fit_it(tmp_path, learnt, monkeypatch):
    """A VAE of 8 latent channels takes all of one of 2, but for the layers at the latent; its card says from what."""
    recipe = RECIPES["digits"]
    grown = replace(recipe, model=replace(recipe.model, c=8), start_from="digits")
    monkeypatch.setattr(training_run, "RECIPES", Registry("recipe", **RECIPES, grown=grown))
    request = TrainRequest("grown", tmp_path / "grown", steps=1, checkpoints=learnt.parent)
    list(run_training(request, RUNTIME))
    first, last = (load_file(out / "weights.safetensors") for out in (learnt, tmp_path / "grown"))
    untrained = make_model(recipe, recipe.train.seed)
    for name in ("encoder.1.weight", f"decoder.{len(untrained.decoder) - 2}.weight"):
        learnt = first[name].float()
        away = untrained.get_parameter(name) - learnt
        assert (last[name].float() - learnt).abs().mean() < 0.5 * away.abs().mean(), name
    settings = read_card(tmp_path / "grown" / "card.json").training.settings
    assert settings["started_from"]["steps"] == 60


def test_weights_of_another_network_are_refused(tmp_path, learnt):
    with pytest.raises(BadRequest, match="no layers in common"):
        list(run_training(TrainRequest("f8c4", tmp_path / "other", start_from=learnt), RUNTIME))
    with pytest.raises(BadCheckpoint):
        run(tmp_path / "other", start_from=tmp_path / "nowhere")


def test_stopping_early_keeps_the_state_and_writes_no_checkpoint(tmp_path):
    for report in run_training(TrainRequest("digits", tmp_path / "mine", steps=9), RUNTIME):
        if report.step == 4:
            break
    assert (tmp_path / "mine/training/state.safetensors").exists()
    assert not (tmp_path / "mine/weights.safetensors").exists()
    assert run(tmp_path / "mine", steps=9, resume=True)[0].step == 5


def test_what_is_there_is_not_overwritten_or_mixed(tmp_path):
    next(run_training(TrainRequest("digits", tmp_path / "mine", steps=9), RUNTIME))
    with pytest.raises(BadRequest, match="unfinished"):
        run(tmp_path / "mine", steps=9)
    with pytest.raises(BadCheckpoint, match="other settings, data"):
        run(tmp_path / "mine", steps=9, seed=5, resume=True)
    with pytest.raises(BadCheckpoint, match="other settings, data"):
        run(tmp_path / "mine", steps=9, data="photos", resume=True)
    run(tmp_path / "mine", steps=9, resume=True)
    for resume in (False, True):
        with pytest.raises(BadRequest, match="finished model"):
            run(tmp_path / "mine", steps=9, resume=resume)
    assert run(tmp_path / "mine", steps=2, overwrite=True)[-1].step == 2


def test_a_stop_before_the_first_update_leaves_a_folder_to_begin_in(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training_run.Run, "update", stop)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "mine")
    monkeypatch.undo()
    assert run(tmp_path / "mine")[0].step == 1


def test_an_out_that_is_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadRequest, match="cannot be a folder"):
        run(tmp_path / "file")


def test_a_failed_training_keeps_its_last_good_state(tmp_path, monkeypatch):
    """The gradient breaks at step 3: the error names it, and the state on disk is that of step 2, all finite."""
    update = Run.update

    def breaking(self, loss):
        return update(self, loss._replace(total=loss.total * float("nan")) if self.step == 2 else loss)

    monkeypatch.setattr(training_run.Run, "update", breaking)
    with pytest.raises(TrainingFailed, match="step 3"):
        run(tmp_path / "mine", steps=9)
    state = load_file(tmp_path / "mine/training/state.safetensors")
    assert all(torch.isfinite(value).all() for value in state.values())
    monkeypatch.undo()
    assert run(tmp_path / "mine", steps=9, resume=True)[0].step == 3


def test_weights_that_an_update_broke_are_never_saved(tmp_path, monkeypatch):
    """A weight becomes NaN in the update of step 4: the state on disk stays that of step 3, and can be resumed."""
    follow = Run._follow

    def breaking(self):
        follow(self)
        if self.step == 4:
            self.weights[0].data[0] = float("nan")

    monkeypatch.setattr(Run, "_follow", breaking)
    with pytest.raises(TrainingFailed, match="step 4"):
        run(tmp_path / "mine", steps=4, save_steps=1, scale_pictures=8)
    state = load_file(tmp_path / "mine/training/state.safetensors")
    assert all(torch.isfinite(value).all() for value in state.values())
    assert not (tmp_path / "mine/weights.safetensors").exists()
    monkeypatch.undo()
    assert run(tmp_path / "mine", steps=4, resume=True, scale_pictures=8)[0].step == 4


def test_a_decoder_trained_further_keeps_the_latents_and_so_its_denoisers(tmp_path, monkeypatch):
    recipe = replace(RECIPES["digits"], start_from="digits", frozen=("encoder",))
    run(tmp_path / "digits", steps=5)
    table = Registry("recipe", **RECIPES, digits_decoder=recipe)
    monkeypatch.setattr(training_run, "RECIPES", table)
    list(run_training(TrainRequest("digits_decoder", tmp_path / "fine", steps=5, checkpoints=tmp_path), RUNTIME))
    first, fine = (read_card(tmp_path / name / "card.json") for name in ("digits", "fine"))
    assert fine.weights_sha256 != first.weights_sha256
    assert fine.latents_sha256 == first.latents_sha256


def test_a_device_that_was_chosen_is_kept(tmp_path):
    """Accelerate has its own idea of the device (cpu for cpu:0, the first GPU for cuda:1): it is for many processes."""
    chosen = replace(RUNTIME, device=torch.device("cpu:0"))
    list(run_training(TrainRequest("digits", tmp_path / "mine", steps=1, scale_pictures=8), chosen))
    assert "cpu:0" in read_card(tmp_path / "mine" / "card.json").training.machine


def full(*_, **__):
    raise OSError(28, "No space left on device")


def full_of_safetensors(*_, **__):
    raise SafetensorError("I/O error: No space left on device (os error 28)")


class FullFile(StringIO):
    """A log on a disk that is full from its second line on: what could not be written fails again when it is closed."""

    lines = 0

    def write(self, text: str) -> int:
        self.lines += 1
        return full() if self.lines > 1 else len(text)

    def close(self) -> None:
        full()


@contextmanager
def full_log(path, done):
    with closing(FullFile()) as log:
        yield log


@pytest.mark.parametrize(
    ("place", "fails", "named"),
    [
        ("app.training.state.save_file", full_of_safetensors, "state.safetensors"),
        ("app.training.state.write_atomically", full, "state.safetensors"),
        ("app.training.state.open_log", full, "log.csv"),
        ("app.training.state.open_log", full_log, "log.csv"),
        ("app.labs.training_run.save_checkpoint", full, "mine"),
        ("app.store.checkpoint.save_file", full_of_safetensors, "mine"),
    ],
)
def test_a_disk_that_fills_up_while_training_is_said_in_words(tmp_path, monkeypatch, place, fails, named):
    monkeypatch.setattr(place, fails)
    with pytest.raises(BadRequest, match=rf"{named} cannot be written: .*No space left"):
        run(tmp_path / "mine", scale_pictures=8)


def test_a_disk_too_full_for_the_examples_is_said_in_words(denoiser, monkeypatch):
    monkeypatch.setattr("app.training.state.save_file", full_of_safetensors)
    with pytest.raises(BadRequest, match=r"examples.safetensors cannot be written: .*No space left"):
        list(run_training(denoiser[0], RUNTIME))


@dataclass
class Clock:
    """Stands in for the module `time`: it goes on only when it is told to."""

    now: float = 0.0

    def perf_counter(self) -> float:
        return self.now

    monotonic = perf_counter

    def slow(self, patch, place, name, seconds):
        """Let each call of place.name take so many seconds."""
        call = getattr(place, name)

        def slowly(*given, **named):
            self.now += seconds
            return call(*given, **named)

        patch.setattr(place, name, slowly)


def test_seconds_are_those_of_the_whole_training_over_all_sessions(denoiser, tmp_path, monkeypatch):
    """Encoding 100 s, a step 1 s, saving the state 10 s; the second session opens its data in 1000 s."""
    request, clock = denoiser[0], Clock()
    for place in (loop, state, training_run):
        monkeypatch.setattr(place, "time", clock)
    clock.slow(monkeypatch, VAE, "encode", 100)
    clock.slow(monkeypatch, Run, "update", 1)
    clock.slow(monkeypatch, state, "save_file", 10)
    clock.slow(monkeypatch, training_run, "_scale", 10_000)
    reports = []
    for report in run_training(replace(request, save_steps=1), RUNTIME):
        reports.append(report)
        if report.step == 2:
            break
    clock.now += 5_000_000  # nobody trains meanwhile
    clock.slow(monkeypatch, training_run, "open_dataset", 1000)
    reports += run_training(replace(request, resume=True), RUNTIME)
    assert [round(report.seconds) for report in reports[:2]] == [111, 122]
    training = read_card(tmp_path / "mine" / "card.json").training
    assert training.seconds == round(reports[-1].seconds) + 10 + 10_000
    assert training.samples_per_second == request.batch_size  # the pace is that of the steps alone


def test_a_state_from_before_the_whole_was_timed_is_taken_up(tmp_path):
    for report in run_training(TrainRequest("digits", tmp_path / "mine", steps=9), RUNTIME):
        if report.step == 4:
            break
    path = tmp_path / "mine/training/state.safetensors"
    with safe_open(path, framework="pt") as file:
        known = file.metadata()
    save_file(load_file(path), path, metadata={k: v for k, v in known.items() if k != "wall_seconds"})
    assert run(tmp_path / "mine", steps=9, resume=True)[0].step == 5


@pytest.fixture
def denoiser(tmp_path, monkeypatch):
    """A request for a small denoiser on 40 pictures, and the list of how often pictures were encoded for it."""
    recipes, times = small_recipes(), []
    use_small_recipes(monkeypatch)
    monkeypatch.setattr(training_run, "RECIPES", recipes)
    make_vae(tmp_path, "f8c4", 8, 4)
    encode = VAE.encode
    monkeypatch.setattr(VAE, "encode", lambda vae, x: times.append(len(x)) or encode(vae, x))
    return TrainRequest("race_f8c4", tmp_path / "mine", steps=3, batch_size=4, examples=40, checkpoints=tmp_path), times


def stop_after_one_step(request):
    for _ in run_training(request, RUNTIME):
        break


def test_a_resumed_denoiser_does_not_encode_its_pictures_again(denoiser, tmp_path):
    request, encoded = denoiser
    stop_after_one_step(request)
    assert encoded == [40]
    list(run_training(replace(request, resume=True), RUNTIME))
    assert encoded == [40]
    assert not list((tmp_path / "mine/training").glob("*.safetensors"))
    list(run_training(replace(request, out=tmp_path / "unbroken"), RUNTIME))
    mine, unbroken = (load_file(tmp_path / name / "weights.safetensors") for name in ("mine", "unbroken"))
    assert all(torch.equal(mine[name], unbroken[name]) for name in mine)


def test_examples_of_another_training_or_torn_ones_are_encoded_again(denoiser, tmp_path):
    request, encoded = denoiser
    folder = tmp_path / "mine/training"
    stop_after_one_step(request)
    (folder / "state.safetensors").unlink()
    stop_after_one_step(replace(request, examples=24))
    assert encoded == [40, 24]
    kept = folder / "examples.safetensors"
    kept.write_bytes(kept.read_bytes()[:-10])
    stop_after_one_step(replace(request, examples=24, resume=True))
    assert encoded == [40, 24, 24]
