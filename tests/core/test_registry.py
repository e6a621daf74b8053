"""Tables of named things: ordered, read-only, and helpful to a person who misspells a name."""

import pytest

from app.core.errors import UnknownName
from app.core.registry import Registry, did_you_mean

SAMPLERS = Registry("sampler", ddpm=1, ddim=2, heun=3)


def test_a_table_is_a_mapping_in_the_order_given() -> None:
    assert dict(SAMPLERS) == {"ddpm": 1, "ddim": 2, "heun": 3}
    assert list(SAMPLERS) == ["ddpm", "ddim", "heun"]
    assert "heun" in SAMPLERS
    assert "hewn" not in SAMPLERS


def test_a_misspelt_name_is_answered_with_the_nearest_and_with_all() -> None:
    with pytest.raises(UnknownName) as caught:
        SAMPLERS["huen"]
    assert caught.value.message == "There is no sampler called 'huen'."
    assert caught.value.hint == "Did you mean 'heun'? Known: ddpm, ddim, heun."


def test_nothing_is_guessed_when_nothing_is_near() -> None:
    assert did_you_mean("zzz", ["ddpm", "heun"]) == "Known: ddpm, heun."


def test_a_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        SAMPLERS["euler"] = 4  # type: ignore[index]
