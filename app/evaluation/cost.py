"""What things cost on this machine: operations counted by PyTorch itself, seconds measured now, and the peak beside.

An operation here is a multiplication or an addition: a multiply-add counts as two, as PyTorch's counter does.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from threading import Lock
from time import perf_counter
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from app.core.randomness import make_generator

PEAK_SIDE = 1536
"""Side of the square matrices whose product stands for the machine's peak."""
_ONE_LOG = Lock()
"""PyTorch keeps one allocation log a process: two visitors take turns."""


@dataclass(frozen=True)
class Timing:
    """seconds: median over `repeats` after a warm-up; operations: in one call, 0 if not counted.

    rounds: the seconds of each repeat, where calls were timed by turns: those of one round belong together.
    """

    seconds: float
    operations: int
    repeats: int
    rounds: tuple[float, ...] = ()

    @property
    def operations_per_second(self) -> float:
        """Achieved speed."""
        return self.operations / self.seconds


@dataclass(frozen=True)
class Cost:
    """What one call costs: seconds, median; operations, counted; peak_bytes: most memory that it held at once.

    peak_bytes counts the tensors that the call makes, not the weights and inputs that were there before; None where
    the call ran on a device that keeps no count (MPS).
    """

    seconds: float
    operations: int
    peak_bytes: int | None

    @property
    def multiply_adds(self) -> int:
        """Half of the operations: the unit in which most papers count."""
        return self.operations // 2


def measure_cost(call: Callable[[], object], *, repeats: int = 10) -> Cost:
    """Measure all three; the call is run 3 + repeats times."""
    timing = time_call(call, repeats=repeats)
    return Cost(timing.seconds, timing.operations, peak_memory(call))


def peak_memory(call: Callable[[], object]) -> int | None:
    """Return the most bytes of tensors made during the call that were alive at once, where the call computes.

    That is its GPU if it uses one, by PyTorch's counters; else the processor, by PyTorch's allocation log, which lacks
    what the kernels of oneDNN ask for past PyTorch's allocator. None on MPS: see Cost.
    """
    log = profile(activities=[ProfilerActivity.CPU], profile_memory=True)
    with _ONE_LOG, _logging(log), DeviceWatch() as watch:
        before = _reset_gpus()
        call()
    if "cuda" in watch.kinds:
        return max(torch.cuda.max_memory_allocated(gpu) - bytes_there for gpu, bytes_there in enumerate(before))
    return None if "mps" in watch.kinds else _peak_of(log)


class DeviceWatch(TorchDispatchMode):
    """Notes on which kinds of device ('cpu', 'cuda', 'mps') the tensors are that are used in its context."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation, then look at what went in and came out."""
        made = func(*args, **(kwargs or {}))
        self.kinds |= {leaf.device.type for leaf in tree_leaves((args, kwargs, made)) if isinstance(leaf, Tensor)}
        return made


def _reset_gpus() -> list[int]:
    """Let the peak of each GPU start from now; returns the bytes that each holds."""
    gpus = range(torch.cuda.device_count())
    for gpu in gpus if torch.cuda.is_initialized() else ():
        torch.cuda.reset_peak_memory_stats(gpu)
    return [torch.cuda.memory_allocated(gpu) for gpu in gpus]


def _peak_of(log: profile) -> int:
    recorded: Any = log.profiler.kineto_results.events()  # type: ignore[union-attr]
    changes = sorted((event.start_ns(), event.nbytes()) for event in recorded if event.name() == "[memory]")
    return max(accumulate((size for _, size in changes), initial=0))


@contextmanager
def _logging(log: profile) -> Iterator[None]:
    """Log what runs inside, without the lines that kineto prints at start and stop whatever its log level (2.13)."""
    with _no_stderr():
        log.start()
    try:
        yield
    finally:
        with _no_stderr():
            log.stop()


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Send what the process, C++ included, writes to its error stream nowhere."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _fused_attention(q: Sequence[int], k: Sequence[int], v: Sequence[int], *_: object, **__: object) -> int:
    """Count the two products of attention: queries with keys, weights with values; shapes are (B, heads, n, width)."""
    return 2 * q[0] * q[1] * q[2] * k[2] * (q[3] + v[3])


FUSED = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _fused_attention}
"""PyTorch's counter (2.13) knows the fused attention of GPUs, not that of CPUs."""


def count_operations(call: Callable[[], object]) -> int:
    """Count the floating-point operations of matrix products and convolutions in a call (forward, and backward too)."""
    with FlopCounterMode(display=False, custom_mapping=FUSED) as counter:
        call()
    return int(counter.get_total_flops())


def time_call(call: Callable[[], object], *, repeats: int = 10, counted: bool = True) -> Timing:
    """Time a call: twice to warm up (operations are counted in the first), then the median of `repeats`."""
    operations = count_operations(call) if counted else 0
    for _ in range(1 if counted else 2):
        call()
    return Timing(median(_seconds(call) for _ in range(repeats)), operations, repeats)


def time_by_turns(calls: Sequence[Callable[[], object]], *, repeats: int = 10) -> list[Timing]:
    """Time calls that are to be compared, one after another in every round: what disturbs one disturbs the others."""
    operations = [count_operations(call) for call in calls]
    for call in calls:
        call()
    rounds = [[_seconds(call) for call in calls] for _ in range(repeats)]
    columns = list(zip(*rounds, strict=True))
    return [Timing(median(each), count, repeats, each) for each, count in zip(columns, operations, strict=True)]


def _seconds(call: Callable[[], object]) -> float:
    """Time one call until its work is done: a GPU returns before that."""
    _wait()
    begun = perf_counter()
    call()
    _wait()
    return perf_counter() - begun


def _wait() -> None:
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    elif torch.backends.mps.is_available():
        torch.mps.synchronize()


def measure_peak(dtype: torch.dtype, device: torch.device) -> Timing:
    """Time the product of two square matrices: the most operations a second that PyTorch reaches here."""
    generator = make_generator("peak")
    a, b = (torch.randn(PEAK_SIDE, PEAK_SIDE, generator=generator).to(device, dtype) for _ in range(2))
    return time_call(lambda: a @ b)
