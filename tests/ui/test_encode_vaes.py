"""Every part of Encode with every kind of VAE that it offers: a plain autoencoder, few cells, few channels."""

from pathlib import Path

import pytest

from app.store import catalogue as store
from app.ui.part import Part
from app.ui.tabs.encode_values import request_values
from tests.ui.test_encode_pipeline_runs import TABS, frames, parts, run_code, services, values_of

__all__ = ["parts", "services"]
NAMES = [one.name for one in TABS["encode"][0]]
CELLS = ("cell", "surgery")


def said(part: Part, values: dict[str, object]) -> str:
    """All that the last frame says, as it reads."""
    return " ".join(one["data"].encode().decode("unicode_escape") for one in frames(part, values)[-1])


@pytest.mark.parametrize("vae", ["f4c4", "f8c4", "small_kl0"])
@pytest.mark.parametrize("name", NAMES)
def test_a_parts_code_runs_with_every_vae_as_it_opens_and_after_a_guess(
    parts, name: str, vae: str, zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, _ = parts["encode", name]
    monkeypatch.setattr(store, "CHECKPOINTS", zoo)
    monkeypatch.chdir(tmp_path)
    values = values_of(part, None if part.guess is None else str(part.guess.choices[0][1]), vae=vae)
    assert len(frames(part, values)[-1]) == len(part.outputs)
    run_code(part.code(values))


@pytest.mark.parametrize("name", ["picture", "bits"])
def test_of_a_plain_autoencoder_no_distribution_is_shown(parts, name: str) -> None:
    part, _ = parts["encode", name]
    guess = None if part.guess is None else str(part.guess.choices[0][1])
    plain, usual = (said(part, values_of(part, guess, vae=vae)) for vae in ("small_kl0", "small_kl1e-4"))
    for words in ("KL of each cell", "log σ²", "Standard deviation", "times a PNG"):
        assert words not in plain, words
    assert "A plain autoencoder writes this code and nothing else" in plain
    assert "plain autoencoder" not in usual


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_this_latent_has_not_is_named(parts, name: str) -> None:
    part, _ = parts["encode", name]
    assert "row 7, column 7" in said(part, values_of(part, vae="f8c4", row=8, column=8))
    assert "row 7, column 7" not in said(part, values_of(part, vae="f8c4", row=7, column=7))


def test_a_channel_that_this_vae_has_not_is_named_and_its_last_one_is_shown(parts) -> None:
    part, _ = parts["encode", "values"]
    last, beyond, whole = (said(part, values_of(part, channel=channel)) for channel in (4, 9, 0))
    assert "the last one: this VAE has no more" in beyond
    assert "the last one" not in last + whole
    assert "channel 4" in beyond
    assert [request_values({"channel": n, "scaled": 0, "bars": 11}, 4).channel for n in (0, 1, 4, 9)] == [None, 0, 3, 3]
    part, _ = parts["encode", "surgery"]
    shift = {"operation": "Shift a channel"}
    assert "this VAE has no more" in said(part, values_of(part, channel=9, **shift))
    assert "this VAE has no more" not in said(part, values_of(part, channel=2, **shift))
