"""Whoever is alone computes with all cores; of two at a time each has half."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from app.core.cores import MOST_THREADS, Cores, usable_cores


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def threads() -> Iterator[int]:
    """What torch would use at each step."""
    for _ in range(3):
        yield torch.get_num_threads()


def test_one_computation_has_all_cores_and_of_two_each_has_half():
    cores = Cores(4)
    steps = cores.each(threads())
    assert next(steps) == 4
    with cores.share() as beside:
        assert next(steps) == 2
    assert (beside, next(steps)) == (4, 4)


def test_there_is_always_one_thread_and_never_more_than_the_most():
    one, many = Cores(1), Cores(100)
    with one.share(), one.share() as second, many.share() as most:
        assert (second, most) == (1, MOST_THREADS)


def test_a_run_that_fails_or_is_left_gives_its_cores_back():
    cores = Cores(2)

    def fails() -> Iterator[int]:
        yield torch.get_num_threads()
        raise ValueError("no")

    run = cores.each(fails())
    assert next(run) == 2
    with pytest.raises(ValueError, match="no"):
        next(run)
    left = cores.each(threads())
    next(left)
    del left
    with cores.share() as again:
        assert again == 2


def test_steps_that_run_in_different_threads_all_have_their_share():
    """gradio asks for each step in whatever thread is free, and OpenMP keeps a number for each thread."""
    cores = Cores(2)
    steps = cores.each(threads())
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        for pool in (first, second):
            assert pool.submit(torch.zeros(1).add, 1).result() == 1
            assert pool.submit(next, steps).result() == 2
        with cores.share():
            assert first.submit(next, steps).result() == 1
        assert second.submit(torch.get_num_threads).result() == 2


@pytest.mark.parametrize(
    ("files", "most"),
    [
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({}, 8),
    ],
)
def test_a_container_that_sees_eight_cores_uses_what_it_may(
    files: dict[str, str], most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == most
