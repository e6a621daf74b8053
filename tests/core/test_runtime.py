"""Device and number format are decided once, with the reason as text, and a wrong wish is answered in words."""

from pathlib import Path

import pytest
import torch

from app.core import runtime
from app.core.errors import BadRequest
from app.core.runtime import choose_runtime, cpu_features


@pytest.fixture(autouse=True)
def plain_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a CPU only and no wishes in its environment."""
    monkeypatch.delenv("LATENT_LAB_DEVICE", raising=False)
    monkeypatch.delenv("LATENT_LAB_DTYPE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def pretend(monkeypatch: pytest.MonkeyPatch, *features: str) -> None:
    monkeypatch.setattr(runtime, "cpu_features", lambda: frozenset(features))


@pytest.mark.parametrize("feature", ["amx_bf16", "avx512_bf16"])
def test_fast_bfloat16_is_used_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch, feature: str) -> None:
    pretend(monkeypatch, "avx2", feature)
    chosen = choose_runtime()
    assert (chosen.dtype, chosen.device.type) == (torch.bfloat16, "cpu")
    assert feature in chosen.reason


def test_without_it_float32_is_used_and_the_reason_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "avx2", "avx512f")
    chosen = choose_runtime()
    assert chosen.dtype == torch.float32
    assert "lacks fast bfloat16" in chosen.describe()
    assert chosen.describe().startswith("cpu · float32 · channels_last")


def test_a_machine_without_a_feature_list_gets_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(path: Path) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", missing)
    assert cpu_features() == frozenset()
    assert choose_runtime().dtype == torch.float32


def test_the_feature_list_is_read_from_the_line_of_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "model name\t: a flags of fancy\nflags\t\t: fpu amx_bf16 avx2\nbugs : amx_tile\n"
    monkeypatch.setattr(Path, "read_text", lambda path: text)
    assert cpu_features() == {"fpu", "amx_bf16", "avx2"}


def test_a_wish_wins_over_the_environment_which_wins_over_detection(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "amx_bf16")
    monkeypatch.setenv("LATENT_LAB_DTYPE", "float32")
    assert choose_runtime().dtype == torch.float32
    assert choose_runtime().reason == "asked for"
    assert choose_runtime(dtype="bfloat16").dtype == torch.bfloat16


@pytest.mark.parametrize("wish", ["cuda", "cuda:1", "mps", "toaster"])
def test_a_device_that_is_not_there_is_refused_in_words(wish: str) -> None:
    with pytest.raises(BadRequest) as caught:
        choose_runtime(device=wish)
    assert caught.value.message == f"This machine has no device '{wish}'."
    assert caught.value.hint == "Use one of: cpu."


def test_the_environment_is_refused_in_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LAB_DEVICE", "cuda")
    with pytest.raises(BadRequest, match="no device 'cuda'"):
        choose_runtime()


def test_an_unknown_number_format_is_refused_in_words() -> None:
    with pytest.raises(BadRequest, match=r"no number format called 'int4'.*float32, bfloat16"):
        choose_runtime(dtype="int4")


@pytest.mark.parametrize(("native", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_gpu_is_preferred_and_decides_its_own_format(
    monkeypatch: pytest.MonkeyPatch, native: bool, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: native)
    chosen = choose_runtime()
    assert (chosen.device.type, chosen.dtype) == ("cuda", dtype)
    assert choose_runtime(device="cpu").device.type == "cpu"


def test_placing_a_model_changes_its_format_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "amx_bf16")
    model = torch.nn.Conv2d(4, 8, 3)
    weight = model.weight.detach().clone()
    placed = choose_runtime().place(model)
    assert placed is model
    assert model.weight.dtype == torch.bfloat16
    assert model.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(model.weight, weight.to(torch.bfloat16))


@pytest.mark.parametrize("name", ["cpu:foo", "cpu:", "cuda:99"])
def test_a_device_that_is_misspelt_or_not_there_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setenv("LATENT_LAB_DEVICE", name)
    with pytest.raises(BadRequest, match=name):
        choose_runtime()
