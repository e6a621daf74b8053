"""Which questions the report answers, with which models and figures."""

from app.data.scenes import LABEL_COLUMNS
from app.evaluation.report import Column, Table
from app.store.card import Card


def _values(card: Card) -> object:
    """Numbers in the latent of one 64 x 64 picture."""
    side = card.training.side // int(card.config["f"])
    return int(card.config["c"]) * side * side


def _times_fewer(card: Card) -> object:
    return round(3 * int(card.config["f"]) ** 2 / int(card.config["c"]), 1)


def _config(key: str) -> Column:
    return Column(key.replace("_", " "), read=lambda card: card.config.get(key))


SIZE = (Column("numbers in the latent", read=_values), Column("times fewer", read=_times_fewer))
QUALITY = (
    Column("PSNR, scenes (dB)", "held_out_scenes.psnr_db"),
    Column("SSIM, scenes", "held_out_scenes.ssim"),
    Column("PSNR, photos (dB)", "held_out_photos.psnr_db"),
    Column("SSIM, photos", "held_out_photos.ssim"),
)
ERROR = (
    Column("error below 1/8 cycle a pixel (MSE)", "held_out_scenes.low_frequency_mse"),
    Column("error above (MSE)", "held_out_scenes.high_frequency_mse"),
)
JUDGED = (
    Column("judge reads all attributes of reconstructions", "judge_reads_reconstructions.all_attributes"),
    Column("Fréchet distance of reconstructions", "frechet.reconstruction"),
    Column("the same of real pictures", "frechet.floor"),
)
LATENT = (
    Column("KL (bits a value)", "held_out_scenes.kl_bits_per_value"),
    Column("std of each channel", "latents.std"),
    Column("active channels", "latents.active_channels"),
)
SECONDS = Column("trained for (s)", read=lambda card: round(card.training.seconds))
SAMPLES = Column("pictures seen", read=lambda card: card.training.steps * card.training.batch_size)
PARAMETERS = Column("parameters", read=lambda card: card.parameters)
SPEED = (
    Column("encode (ms)", "cost.encode_ms"),
    Column("decode (ms)", "cost.decode_ms"),
    Column("decode (multiply-adds)", "cost.decode_multiply_adds"),
)
STEP = (
    Column("guided step (ms)", "cost.guided_step_ms"),
    Column("guided step (multiply-adds)", "cost.guided_step_multiply_adds"),
    Column("guided step, peak memory (MB)", "cost.guided_step_peak_mb"),
)
N = Column("n", read=lambda card: next((g["n"] for g in card.metrics.values() if "n" in g), None))
ATTRIBUTES = tuple(dict.fromkeys(column.removesuffix("_a").removesuffix("_b") for column in LABEL_COLUMNS))


def _compliance(group: str, attributes: tuple[str, ...] = (*ATTRIBUTES, "all_attributes")) -> tuple[Column, ...]:
    return tuple(Column(name.replace("_", " "), f"{group}.{name}") for name in attributes)


RACED = (
    SECONDS,
    SAMPLES,
    *STEP,
    Column("all attributes, one thing", "one_thing.all_attributes"),
    *_compliance("one_thing", ("place", "colour", "kind", "texture")),
    Column("Fréchet distance", "distribution.frechet"),
    Column("the same of real pictures", "distribution.frechet_floor"),
)

TABLES = (
    Table(
        "What does f cost?",
        "Four channels, stronger and stronger compression in space.",
        ("f2c4", "f4c4", "f8c4", "f16c4"),
        (*SIZE, *QUALITY, *ERROR, *JUDGED, *SPEED, PARAMETERS, SECONDS, N),
    ),
    Table(
        "Does the judge read a reconstruction as it reads the original?",
        "How often its reading stays the same, right or wrong, on the same held-out scenes.",
        ("f2c4", "f4c4", "f8c16", "f8c4", "f16c16", "f16c4", "small_mse", "small_kl1e-4", "f8c4_decoder"),
        _compliance("judge_agrees"),
    ),
    Table(
        "What do channels buy?",
        "`f8c16` has as many numbers as `f4c4`, `f16c16` as many as `f8c4`, in a quarter of the places.",
        ("f4c4", "f8c16", "f8c4", "f16c16", "f16c4"),
        (*SIZE, *QUALITY, *ERROR, *JUDGED, *LATENT, N),
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
        "The mean squared error alone against L1 + Laplacian bands + 5 MSE, everything else equal.",
        ("small_mse", "small_kl1e-4"),
        (*QUALITY, *ERROR, *JUDGED, N),
    ),
    Table(
        "Does fine-tuning the decoder help?",
        "The same latents, decoded by a decoder that was trained further.",
        ("f8c4", "f8c4_decoder"),
        (*QUALITY, *ERROR, *JUDGED, SECONDS, N),
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
        "One design, one training time; what differs is the shape of what is diffused.",
        ("race_pixels", "race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4"),
        RACED,
    ),
    Table(
        "Do the latents have to be regular?",
        "The same denoiser, on latents of three KL weights.",
        ("race_kl0", "race_kl1e-4", "race_kl1"),
        RACED,
    ),
    Table(
        "Predict the noise, the clean latent, or the velocity between them?",
        "The same denoiser on the same latents, three targets.",
        ("race_eps", "race_x0", "race_f4c4"),
        (_config("target"), *RACED),
    ),
    Table(
        "What does the main generator draw?",
        "One thing: seen combinations of kind and colour. Guidance 3, 20 steps.",
        ("generator",),
        (*_compliance("one_thing"), SAMPLES, SECONDS),
    ),
    Table(
        "… the judge's ceiling: reconstructions of real scenes by its VAE",
        "No generator in these latents can be read better than this.",
        ("generator",),
        _compliance("ceiling_one_thing"),
    ),
    Table(
        "… the ceiling for combinations that no training showed",
        "Reconstructions of real scenes of such combinations.",
        ("generator",),
        _compliance("ceiling_unseen_combinations"),
    ),
    Table(
        "… combinations that no training showed",
        "Every thing is a pair of kind and colour that was held out.",
        ("generator",),
        _compliance("unseen_combinations"),
    ),
    Table(
        "… two things",
        "Both slots of a scene count as samples; 'all attributes' asks for everything at once, the relation included.",
        ("generator",),
        _compliance("two_things"),
    ),
    Table(
        "… the ceiling for two things",
        "Reconstructions of real scenes of two things.",
        ("generator",),
        _compliance("ceiling_two_things"),
    ),
    Table(
        "Does the generator copy its training pictures?",
        "Median distance in the judge's features to the nearest training scene: of generated and of held-out pictures.",
        ("generator",),
        tuple(
            Column(name.replace("_", " "), f"memorisation.{name}")
            for name in ("n", "references", "nearest_of_generated", "nearest_of_held_out")
        ),
    ),
    Table(
        "… as a set of pictures",
        "Fréchet distance, precision and recall in the judge's features, beside real pictures against real ones.",
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
        "Real held-out scenes of one thing.",
        ("judge",),
        _compliance("one_thing"),
    ),
)  # fmt: skip
