"""What is counted of shapes alone is what a real call makes and holds."""

import pytest
import torch

from app.evaluation.cost import count_operations, peak_memory
from app.evaluation.cost_at_size import Size
from app.evaluation.dry_run import dry_step
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.text import TextConfig, tokenise

CAPTION = "a small red star"
TEXT = TextConfig(tuple(CAPTION.split()), width=16, layers=1, heads=2)


@pytest.mark.parametrize("side", [16, 32, 64])
def test_a_step_with_attention_holds_what_was_counted(side: int) -> None:
    """At 64 x 64 the scores of all pairs of positions would be 2 x 2 x 4096 x 4096 numbers, which nobody makes."""
    config = DenoiserConfig(text=TEXT, side=side, channels=4, widths=(16, 16), attention_levels=(0,), heads=2)
    network = Denoiser(config).eval()
    x, t = torch.zeros(2, 4, side, side), torch.tensor([500, 500])
    with torch.inference_mode():
        text = network.encode_text(tokenise([CAPTION, ""], config.text))

        def call() -> torch.Tensor:
            return network.predict(x, t, text)

        peak, operations = peak_memory(call), count_operations(call)
    dry = dry_step(config, Size(side, side, 2), torch.float32)
    assert dry.operations == operations
    assert peak is not None
    assert 0.5 * peak < dry.peak_bytes < 1.25 * peak  # threads of a kernel have room of their own
