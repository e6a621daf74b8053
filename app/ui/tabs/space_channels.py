"""Latent space, part 'channels': push one channel up and down, and see the latent directly as three colours."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.figures.exports import film_gif, npz_bytes
from app.figures.space_channels import (
    channel_film,
    channel_moments,
    channel_views,
    gif_frames,
    preview_facts,
    preview_groups,
)
from app.labs.arithmetic import Preview, preview_steps, traverse
from app.labs.gallery import SCENES
from app.labs.latent_paths import finish
from app.labs.snippets_space import channels_code
from app.ui.layout import columns
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.tabs.picks import when_typed
from app.ui.tabs.space_common import (
    TAB,
    end_key,
    end_line,
    end_tensor,
    end_widgets,
    latent_of,
    say_missing,
    say_no_picture,
    scene_vaes,
)
from app.ui.widgets.base import widget
from app.ui.widgets.values import film_value, panels_value

FRAMES, FITTED_ON = 13, 64


@dataclass(frozen=True, eq=False)
class ChannelsPart:
    """The handlers."""

    services: Services

    def traversals(self, values: Values) -> Generator[Progress, None, list[Any]]:
        """Return the frames of every channel."""
        key = ("space channels", values["vae"], end_key(values, "picture"), values["stds"])
        return (yield from self.services.kept.run(key, lambda: self._traversed(values)))

    def _traversed(self, values: Values) -> Generator[Progress, None, list[Any]]:
        vae, stds = str(values["vae"]), float(values["stds"])
        z, model, made = (
            latent_of(self.services, vae, end_tensor(values, "picture")),
            self.services.catalogue.vae(vae),
            [],
        )
        for channel in range(z.shape[1]):
            yield Progress(f"pushing channel {channel + 1}", channel / z.shape[1])
            made.append(traverse(model, z, channel, self.services.runtime, stds=stds, frames=FRAMES))
        return made

    def preview(self, vae: str) -> Generator[Progress, None, Preview]:
        """Return the linear preview, fitted now or kept."""
        model, runtime = self.services.catalogue.vae(vae), self.services.runtime
        steps = preview_steps(model, runtime, count=FITTED_ON)
        key = ("space preview", model.card.weights_sha256)
        return (yield from self.services.kept.run(key, lambda: working(steps, "fitting the preview")))

    def run(self, values: Values) -> Iterator[Any]:
        """Show the film first, then the preview."""
        say_no_picture(values, "picture")
        traversals = yield from self.traversals(values)
        film = film_value(
            channel_film(traversals),
            channel_views(len(traversals)),
            channel_moments(FRAMES, float(values["stds"])),
            title="One channel pushed",
            note="The same push in every cell, in standard deviations of the channel on the training set.",
            start=FRAMES * 4 // 5,
        )
        yield [film, gr.skip()]
        preview = yield from self.preview(str(values["vae"]))
        picture = end_tensor(values, "picture")
        z = latent_of(self.services, str(values["vae"]), picture)
        yield [film, panels_value(preview_groups(picture, z, preview), preview_facts(preview))]

    def code(self, values: Values) -> str:
        """Return the code of the view."""
        line = end_line(values, "picture")
        return channels_code(str(values["vae"]), line, FRAMES, float(values["stds"]), FITTED_ON)

    def arrays(self, values: Values) -> bytes:
        """Return the latent and the preview's matrix as a file."""
        preview = finish(self.preview(str(values["vae"])))
        z = latent_of(self.services, str(values["vae"]), end_tensor(values, "picture"))
        return npz_bytes({"z": z, "weights": preview.weights, "bias": preview.bias})


def build_channels(services: Services) -> Part | None:
    """Lay out the part."""
    names = [name for name in scene_vaes(services) if services.catalogue.card(name).config["c"] <= 4]
    if not names:
        say_missing("a VAE of at most 4 channels")
        return None
    handle = ChannelsPart(services)
    with columns(4, 8) as (left, right):
        with left:
            end = end_widgets("channels", "", SCENES[0], 17)
            vae = gr.Dropdown(names, value=names[0], label="VAE", elem_id="space-channels-vae")
            stds = gr.Slider(
                1, 6, 3, step=1, label="Largest push, in standard deviations", elem_id="space-channels-stds"
            )
        with right:
            film = widget("film", elem_id="space-channels-film", label="push of the channel")
            panels = widget("panels", elem_id="space-channels-panels")
    return Part(
        TAB,
        "channels",
        settings={"picture": end.choice, "picture_scene": end.scene, "vae": vae, "stds": stds},
        outputs=[film, panels],
        run=handle.run,
        code=handle.code,
        downloads={
            "GIF": lambda values: Download(
                "channels.gif", film_gif(gif_frames(finish(handle.traversals(values))), side=1024)
            ),
            "NPZ": lambda values: Download("channels.npz", handle.arrays(values)),
        },
        extras={"own_picture": end.own},
        triggers=[end.sent.change, *when_typed(end.scene)],
        live=["picture", "vae", "stds"],
    )
