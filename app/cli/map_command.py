"""`python -m app map NAME`: write the default map of a VAE's latents beside its weights."""

import argparse


def map_latents(arguments: argparse.Namespace) -> None:
    """Encode 2,000 held-out scenes, fit UMAP, and write the file that the page opens its map with."""
    from app.core.files import check_writable, writing_to
    from app.core.runtime import choose_runtime
    from app.labs.latent_shipped import SHIPPED, write_map
    from app.store.catalogue import open_catalogue

    runtime = choose_runtime()
    catalogue = open_catalogue(arguments.checkpoints, runtime)
    catalogue.card(arguments.name, "vae")
    check_writable(arguments.checkpoints / arguments.name)
    with writing_to(arguments.checkpoints / arguments.name):
        path = write_map(catalogue, arguments.name, runtime)
    print(f"{path}: {SHIPPED.count} scenes, {path.stat().st_size / 1024:.0f} KB")
