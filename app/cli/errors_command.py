"""`python -m app errors`: how well a VAE rebuilds its training pictures, for the badge of the Encode lab."""

import argparse
import sys
import time


def errors(arguments: argparse.Namespace) -> None:
    """Measure the named VAEs, or all there are, and write errors.json beside the weights of each."""
    from app.core.runtime import choose_runtime
    from app.evaluation.training_errors import write_training_errors
    from app.store.catalogue import open_catalogue

    catalogue = open_catalogue(arguments.checkpoints, choose_runtime())
    for name in arguments.names or catalogue.names("vae"):
        begun = time.monotonic()
        found = write_training_errors(catalogue, name, arguments.count)
        worst, middle, best = (found.psnr_db[k] for k in (1, 50, 99))
        print(f"{name:16} {found.n} pictures: 1 % below {worst:.1f} dB, half below {middle:.1f}, 1 % above {best:.1f}")
        print(f"{name:16} {time.monotonic() - begun:8.1f} s", file=sys.stderr)
