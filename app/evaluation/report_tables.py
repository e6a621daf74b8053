"""Which questions the report answers, with which models and figures."""

from app.evaluation.report import Column, Section, Table
from app.evaluation.report_grades import ATTRIBUTES, CEILING, GRADES
from app.store.card import Card


def _values(card: Card) -> object:
    """Numbers in the latent of one 64 x 64 picture."""
    side = card.training.side // int(card.config["f"])
    return int(card.config["c"]) * side * side


def _times_fewer(card: Card) -> object:
    return round(3 * int(card.config["f"]) ** 2 / int(card.config["c"]), 1)


def _rounded(seconds: float | None) -> object:
    return None if seconds is None else round(seconds)


def _begun_with(card: Card) -> object:
    return card.training.settings.get("started_from", {}).get("recipe", "fresh weights")


def _config(key: str) -> Column:
    return Column(key.replace("_", " "), read=lambda card: card.config.get(key))


SIZE = (Column("numbers in the latent", read=_values), Column("times fewer", read=_times_fewer))
QUALITY = (
    Column("PSNR, scenes (dB)", "held_out_scenes.psnr_db"),
    Column("SSIM, scenes", "held_out_scenes.ssim"),
    Column("PSNR, photos (dB)", "held_out_photos.psnr_db"),
    Column("SSIM, photos", "held_out_photos.ssim"),
)
LARGE = (
    Column("PSNR, photos at 512 (dB)", "held_out_photos_512.psnr_db", count="held_out_photos_512.n"),
    Column("SSIM, photos at 512", "held_out_photos_512.ssim", count="held_out_photos_512.n"),
)
ERROR = (
    Column("error below 1/8 cycle a pixel (MSE)", "held_out_scenes.low_frequency_mse"),
    Column("error above (MSE)", "held_out_scenes.high_frequency_mse"),
)
JUDGED = (
    Column("judge reads all attributes of reconstructions", "judge_reads_reconstructions.all_attributes"),
    Column("Fréchet distance of reconstructions", "frechet.reconstruction", count="frechet.n"),
    Column("the same of real pictures", "frechet.floor", count="frechet.n"),
)
LATENT = (
    Column("KL (bits a value)", "held_out_scenes.kl_bits_per_value"),
    Column("std of each channel", "latents.std"),
    Column("active channels", "latents.active_channels"),
)
TRAINED = (
    Column("steps", read=lambda card: card.training.steps),
    Column("begun with", read=_begun_with),
    Column("trained for (s)", read=lambda card: round(card.training.seconds)),
    Column("on", read=lambda card: card.training.machine.split(" (")[0] or None),
)
"""Seconds say nothing without the machine that they were measured on; why it used its number format is on the card."""
WIDTHS = Column("widths", read=lambda card: card.config.get("widths"))
SAMPLES = Column("pictures seen", read=lambda card: card.training.steps * card.training.batch_size)
PARAMETERS = (
    Column("parameters", read=lambda card: card.parameters),
    Column("bytes on disk", "cost.bytes_on_disk"),
)
SPEED = (
    Column("encode (ms)", "cost.encode_ms", count="cost.n"),
    Column("decode (ms)", "cost.decode_ms", count="cost.n"),
    Column("encode (multiply-adds)", "cost.encode_multiply_adds"),
    Column("decode (multiply-adds)", "cost.decode_multiply_adds"),
    Column("decode, peak memory (MB)", "cost.decode_peak_mb"),
)
STEP = (
    Column("guided step (ms)", "cost.guided_step_ms", count="cost.n"),
    Column("guided step (multiply-adds)", "cost.guided_step_multiply_adds"),
    Column("guided step, peak memory (MB)", "cost.guided_step_peak_mb"),
)
N = Column("n", read=lambda card: next((g["n"] for g in card.metrics.values() if "n" in g), None))


def _compliance(group: str, attributes: tuple[str, ...] = (*ATTRIBUTES, "all_attributes")) -> tuple[Column, ...]:
    return tuple(Column(name.replace("_", " "), f"{group}.{name}") for name in attributes)


RACED = (
    *PARAMETERS,
    Column("steps", read=lambda card: card.training.steps),
    SAMPLES,
    Column("its steps take one core (s)", read=lambda card: _rounded(card.core_seconds), count="cost.training_n"),
    Column("peak memory of a step (MB)", "cost.training_step_peak_mb"),
    *STEP,
    Column("all attributes, one thing", "one_thing.all_attributes"),
    Column("its ceiling", "ceiling_one_thing.all_attributes"),
    *_compliance("one_thing", ("place", "colour", "kind", "texture")),
    Column("Fréchet distance", "distribution.frechet", count="distribution.n"),
    Column("the same of real pictures", "distribution.frechet_floor", count="distribution.n"),
)
UNEQUAL = (
    "Rungs have equal widths at each resolution and equal batches. `f2c4` and `f8c4` have 3,000 steps; `f8c16`, "
    "`f16c4` and `f16c16` begin with the layers of `f8c4` that fit and have 1,000 steps more (`f8c16` 1,200); `f4c4` "
    "has 2,600, and widths 48 and 128 where the others have 48 and 96."
)
AT_512 = (
    "Photographs at 512: squares of the held-out bands, enlarged 1.1 to 2.6 times to that side, so smoother than a "
    "sharp photograph; three overlapping views of each of seven photographs."
)

TABLES: tuple[Section, ...] = (
    Table(
        "What does f cost?",
        f"Four channels, stronger and stronger compression in space. {UNEQUAL} {AT_512}",
        ("f2c4", "f4c4", "f8c4", "f16c4"),
        (*SIZE, *QUALITY, *LARGE, *ERROR, *JUDGED, *SPEED, WIDTHS, *PARAMETERS, *TRAINED, N),
    ),
    Table(
        "Does the judge read a reconstruction as it reads the original?",
        f"How often its reading stays the same, right or wrong, on the same held-out scenes. {UNEQUAL}",
        ("f2c4", "f4c4", "f8c16", "f8c4", "f16c16", "f16c4", "small_mse", "small_kl1e-4", "f8c4_decoder"),
        _compliance("judge_agrees"),
    ),
    Table(
        "What do channels buy?",
        f"`f8c16` has as many numbers as `f4c4`, `f16c16` as many as `f8c4`, in a quarter of the places. {UNEQUAL}",
        ("f4c4", "f8c16", "f8c4", "f16c16", "f16c4"),
        (*SIZE, *QUALITY, *LARGE, *ERROR, *JUDGED, *LATENT, WIDTHS, *TRAINED, N),
    ),
    Table(
        "What does the KL weight do?",
        "One architecture, one budget. The weight is per latent value, in 1 / nats: the loss is reconstruction + "
        "weight x mean KL of a latent value.",
        ("small_kl0", "small_kl1e-6", "small_kl1e-4", "small_kl1e-2", "small_kl1"),
        (_config("kl_weight"), *QUALITY[:2], *LATENT, *JUDGED, N),
    ),
    Table(
        "What does the reconstruction loss do?",
        "The mean squared error alone against L1 + Laplacian bands + 5 MSE; data, steps and KL weight are equal. As "
        "the mean squared error is the smaller number, the same KL weight pulls harder beside it: compare the KL.",
        ("small_mse", "small_kl1e-4"),
        (*QUALITY, *ERROR, LATENT[0], *JUDGED, N),
    ),
    Table(
        "Does fine-tuning the decoder help?",
        "The same latents, decoded by a decoder that was trained further.",
        ("f8c4", "f8c4_decoder"),
        (*QUALITY, *ERROR, *JUDGED, *TRAINED, N),
    ),
    Table(
        "How well does a latent of two numbers hold a digit?",
        "The VAE of the plane in *Latent space*, on held-out digits of 16 x 16 pixels.",
        ("digits",),
        (
            Column("PSNR (dB)", "held_out_digits.psnr_db"),
            Column("SSIM", "held_out_digits.ssim"),
            Column("KL (bits a value)", "held_out_digits.kl_bits_per_value"),
            Column("active channels", "latents.active_channels"),
            *PARAMETERS,
            *TRAINED,
            N,
        ),
    ),
    Table(
        "Does a refiner after the decoder help?",
        "A residual network that sees the reconstructions of `f8c4`.",
        ("refiner",),
        (
            Column("PSNR before (dB)", "held_out_scenes.psnr_db_before"),
            Column("after", "held_out_scenes.psnr_db"),
            Column("SSIM before", "held_out_scenes.ssim_before"),
            Column("after", "held_out_scenes.ssim"),
            N,
        ),
    ),
    Table(
        "Latent against pixel diffusion at equal training time",
        "One design, one training time on one core; what differs is what is diffused: its shape, and its power "
        "(latents are scaled to 1; pixels between -1 and 1 have about 0.3, so at one step t less signal to noise a "
        "value). The time is the number of steps times that of one step, timed for all in one run. "
        f"{UNEQUAL} {CEILING} For `race_pixels` it is the scenes themselves, as they are.",
        ("race_pixels", "race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4"),
        RACED,
    ),
    Table(
        "Do the latents have to be regular?",
        f"The same denoiser, on latents of three KL weights. {CEILING}",
        ("race_kl0", "race_kl1e-4", "race_kl1"),
        RACED,
    ),
    Table(
        "Predict the noise, the clean latent, or the velocity between them?",
        "The same denoiser on the same latents. `race_eps` and `race_x0` differ in the target alone, both on Stable "
        "Diffusion's schedule. `race_f4c4` predicts the velocity on the cosine schedule: between it and the other two "
        f"target and schedule differ at once. {CEILING}",
        ("race_eps", "race_x0", "race_f4c4"),
        (_config("target"), _config("schedule"), *RACED),
    ),
    *GRADES,
    Table(
        "Does the generator copy its training pictures?",
        "Distance in the judge's features to the nearest of so many training scenes (references), medians over n "
        "generated and n held-out pictures. Too near: nearer than all but 1 % of the held-out pictures are; about 1 % "
        "of the pictures of a generator that copies nothing.",
        ("generator",),
        tuple(
            Column(name.replace("_", " "), f"memorisation.{name}")
            for name in (
                "n", "references", "nearest_of_generated", "nearest_of_held_out", "held_out_1st_percentile", "too_near",
            )
        ),
    ),
    Table(
        "… as a set of pictures",
        "Fréchet distance, precision and recall in the judge's features, beside real pictures against real ones. "
        "Intervals of precision and recall are over the samples; the set they are held against is taken as it is.",
        ("generator",),
        tuple(
            Column(name.replace("_", " "), f"distribution.{name}")
            for name in (
                "n", "frechet", "frechet_floor", "precision", "precision_floor", "recall", "recall_floor",
            )
        ),
    ),
    Table(
        "How good is the judge itself?",
        "Real held-out scenes of one thing, everything that they show.",
        ("judge",),
        _compliance("one_thing"),
    ),
)  # fmt: skip
