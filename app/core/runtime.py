"""Where and in which number format models run: decided once, here, with the reason as text.

Measured: with AMX or AVX512-BF16, bfloat16 convolutions in channels_last run several times faster than float32;
without them PyTorch emulates bfloat16 and it is slower than float32. So the format follows the processor.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from app.core.errors import BadRequest

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Runtime:
    """device, compute dtype and memory format of every model in this process, and why."""

    device: torch.device
    dtype: torch.dtype
    memory_format: torch.memory_format
    reason: str

    def place(self, model: nn.Module) -> nn.Module:
        """Move a model to the device, the compute dtype and the memory format; returns the same model."""
        return model.to(self.device, self.dtype, memory_format=self.memory_format)  # type: ignore[call-overload]

    def put(self, x: Tensor) -> Tensor:
        """Return a (B, C, H, W) tensor on the device, in the compute dtype and the memory format."""
        return x.to(self.device, self.dtype, memory_format=self.memory_format)

    def describe(self) -> str:
        """Say in one line what runs where and why."""
        layout = "channels_last" if self.memory_format == torch.channels_last else "contiguous"
        return f"{self.device} · {str(self.dtype).removeprefix('torch.')} · {layout} ({self.reason})"


def choose_runtime(device: str | None = None, dtype: str | None = None) -> Runtime:
    """Choose device and format. Arguments win over LATENT_LAB_DEVICE / LATENT_LAB_DTYPE, which win over detection.

    Raises BadRequest for a device this machine lacks or a dtype that is not one of DTYPES.
    """
    device = device or os.environ.get("LATENT_LAB_DEVICE")
    dtype = dtype or os.environ.get("LATENT_LAB_DTYPE")
    chosen = _checked_device(device) if device else _best_device()
    detected, reason = _best_dtype(chosen)
    if dtype is not None:
        if dtype not in DTYPES:
            raise BadRequest(f"There is no number format called '{dtype}'.", hint=f"Use one of: {', '.join(DTYPES)}.")
        detected, reason = DTYPES[dtype], "asked for"
    return Runtime(chosen, detected, torch.channels_last, reason)


def _best_device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _checked_device(name: str) -> torch.device:
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available.get(name.split(":")[0], False):
        usable = ", ".join(kind for kind, here in available.items() if here)
        raise BadRequest(f"This machine has no device '{name}'.", hint=f"Use one of: {usable}.")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadRequest(f"'{name}' is no device.", hint="Use a name such as cpu, cuda or cuda:0.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise BadRequest(f"This machine has no device '{name}'.", hint=f"It has {torch.cuda.device_count()} GPU(s).")
    return device


def _best_dtype(device: torch.device) -> tuple[torch.dtype, str]:
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported():
            return torch.bfloat16, "the GPU multiplies bfloat16 natively"
        return torch.float32, "the GPU lacks native bfloat16"
    if device.type == "mps":
        return torch.float32, "float32 is the safe choice on Apple GPUs"
    features = cpu_features()
    fast = [name for name in ("amx_bf16", "avx512_bf16") if name in features]
    if fast:
        return torch.bfloat16, f"the processor has {fast[0]}"
    return torch.float32, "the processor lacks fast bfloat16 (no amx_bf16, no avx512_bf16)"


def cpu_features() -> frozenset[str]:
    """Return the processor's feature names as Linux lists them; empty where /proc/cpuinfo is missing."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    return frozenset()


def keep_heap() -> None:
    """Ask glibc to keep freed memory: first-touch pages are slow in virtual machines. Does nothing elsewhere."""
    import ctypes

    trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD in glibc's malloc.h
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(trim_threshold, 1 << 30)
        libc.mallopt(mmap_threshold, 1 << 30)
