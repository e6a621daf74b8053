"""`python -m app bench`: the table of speeds; with --browser, of what a visitor waits for."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.evaluation.bench import Row

HEADINGS = f"{'':36} {'ms a call':>10} {'items/s':>9} {'GFLOP':>8} {'GFLOP/s':>8} {'of peak':>8}"


def bench(arguments: argparse.Namespace) -> None:
    """Print a table of speeds, one row after another."""
    if arguments.browser:
        from app.cli.browser_bench import browser_bench

        browser_bench(arguments.checkpoints, arguments.repeats)
        return
    import torch

    from app.core.runtime import choose_runtime
    from app.evaluation.bench import bench as rows
    from app.evaluation.bench_peer import load_peer
    from app.store.catalogue import open_catalogue

    runtime = choose_runtime()
    peer = load_peer(runtime)
    print(
        f"{runtime.describe()}, {torch.get_num_threads()} threads; medians of 10 calls (5 from batch 16) after warm-up"
    )
    print(f"beside ours: {peer.describe()}, timed by turns\n" if peer else "diffusers is not installed: no peer\n")
    print(HEADINGS + (f" {'peer ms':>9} {'ratio':>6}" if peer else ""))
    peak = 0.0
    for row in rows(open_catalogue(arguments.checkpoints, runtime), peer):
        peak = peak or row.timing.operations_per_second
        print(line_of(row, peak), flush=True)


def line_of(row: "Row", peak: float) -> str:
    """Return a row as text; peak: operations a second of this machine."""
    text = f"{row.what:36} {1000 * row.timing.seconds:10.2f} {row.items_per_second:9.1f}"
    if row.timing.operations:
        speed = row.timing.operations_per_second
        text += f" {row.timing.operations / 1e9:8.2f} {speed / 1e9:8.0f} {speed / peak:8.0%}"
    if row.peer is not None:
        text += f" {1000 * row.peer.seconds:9.2f} {row.times_faster:6.2f}"
    return text
