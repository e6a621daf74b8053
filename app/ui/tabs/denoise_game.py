"""Denoise, part 'game': the visitor against the network, played in the browser."""

from typing import Any

import gradio as gr

from app.figures.denoise import TILE
from app.figures.denoise_experiments import game_sheet
from app.figures.exports import npz_bytes
from app.figures.parts import MEASURED_NOW
from app.labs.denoise_game import DIFFERENCES, GameRequest, GameResult, deal
from app.labs.snippets_denoise import game_code
from app.ui.kept import Kept
from app.ui.layout import columns, seed_box
from app.ui.part import Download, Part, Values
from app.ui.services import Services
from app.ui.tabs.denoise_common import NO_MODEL, TAB, latent_denoisers, say_missing
from app.ui.widgets.base import as_file, packed, png_bytes, webp_bytes, widget
from app.ui.widgets.values import Json


def build_game(services: Services) -> Part | None:
    """Lay out the part."""
    models = latent_denoisers(services)
    if not models:
        return say_missing(NO_MODEL)
    with columns() as (left, right):
        with left:
            signal = gr.Slider(0.1, 50.0, 3.0, step=0.1, label="Signal, % of the power", elem_id="denoise-game-signal")
            differ = gr.Dropdown(list(DIFFERENCES), value="everything", label="The four differ in",
                                 elem_id="denoise-game-differ")  # fmt: skip
            seed = seed_box(0, "denoise-game-seed", label="Deal (seed)")
            go = gr.Button("Deal", variant="primary", elem_id="denoise-game-go")
        with right:
            board = widget("game", elem_id="denoise-game-board")
    show = _Game(services, models[0])
    return Part(
        TAB,
        "game",
        settings={"signal": signal, "differ": differ, "seed": seed},
        outputs=[board],
        run=show.run,
        code=lambda values: game_code(request_of(values), models[0]),
        downloads={"PNG": show.png, "NPZ": show.npz},
        triggers=[go.click],
        live=["differ"],
    )


def request_of(values: Values) -> GameRequest:
    """Return the request; the page says the signal in per cent."""
    return GameRequest(round(values["signal"] / 100, 4), values["differ"], values["seed"])


class _Game:
    """What the events call."""

    def __init__(self, services: Services, model: str) -> None:
        self.services, self.model, self.kept = services, model, Kept(8)

    def result(self, values: Values) -> GameResult:
        """Deal, or take what is kept."""
        request, model = request_of(values), self.services.catalogue.denoiser(self.model)
        return self.kept.get(request, lambda: deal(model, request, self.services.runtime))

    def run(self, values: Values) -> list[Any]:
        """Hand all rounds to the browser."""
        return [game_value(self.result(values))]

    def png(self, values: Values) -> Download:
        """All rounds on one sheet."""
        return Download("game.png", png_bytes(game_sheet(self.result(values))))

    def npz(self, values: Values) -> Download:
        """The noisy latents."""
        return Download("game.npz", npz_bytes({"x": self.result(values).x}))


def game_value(result: GameResult) -> Json:
    """Value of the widget `game`."""
    rounds = [
        {"answer": a, "network": n, "bayes": b}
        for a, n, b in zip(result.answer, result.network, result.bayes, strict=True)
    ]
    level = f"{result.signal:.1%} of the power is signal"
    data = {"tile": TILE, "rounds": rounds, "level": level, "stamp": MEASURED_NOW}
    return packed(data, sheet=as_file(webp_bytes(game_sheet(result)), "sheet.webp"))
