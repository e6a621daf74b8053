"""What every sampler promises: its states, starting in the middle, its randomness, its refusals."""

import pytest
import torch

from app.core.errors import BadRequest, UnknownName
from app.core.randomness import make_generator, normal, picture_noise
from app.diffusion.samplers import SAMPLERS
from app.diffusion.samplers.ddim import ddim
from app.diffusion.schedule import cosine_schedule, linear_schedule
from app.diffusion.targets import add_noise
from tests.diffusion.closed_forms import gaussian_flow, made_up_denoiser, mixture_denoiser

SCHEDULE = cosine_schedule()
CENTRES = torch.tensor([[-1.0, 0.5], [1.0, -0.5]])
every_sampler = pytest.mark.parametrize("name", SAMPLERS)


@every_sampler
def test_a_mixture_of_two_modes_is_sampled_with_both(name):
    start = normal((1000, 2), make_generator(1, "start"))
    denoise = mixture_denoiser(SCHEDULE, CENTRES, std=0.1)
    *_, last = SAMPLERS[name](denoise, SCHEDULE, start, 40, make_generator(1, "steps"))
    distance = torch.cdist(last.x, CENTRES)
    nearest = distance.argmin(1)
    assert (distance.min(1).values < 0.4).float().mean() > 0.99
    assert 0.42 < nearest.float().mean() < 0.58  # 0.5 within five standard errors
    for mode in (0, 1):
        assert ((last.x[nearest == mode] - CENTRES[mode]).std(0) - 0.1).abs().max() < 0.03


@every_sampler
def test_the_states_tell_where_the_run_is_and_what_was_expected(name):
    denoise = made_up_denoiser(SCHEDULE)
    x, t = normal((2, 3), make_generator(2)).double(), None
    for count, state in enumerate(SAMPLERS[name](denoise, SCHEDULE, x, 9, make_generator(3)), start=1):
        assert state.step == count
        assert t is None or state.t < t
        if t is not None:
            assert torch.equal(state.x0, denoise(x, t).x0)
            assert torch.equal(state.eps, denoise(x, t).eps)
        x, t = state.x, state.t
    assert (count, t) == (9, 0)
    torch.testing.assert_close(x, state.x0, rtol=0, atol=1e-10)  # every last step lands on the expected x0


@every_sampler
def test_the_denoiser_is_asked_only_at_levels_it_was_trained_on(name):
    denoise, asked = made_up_denoiser(SCHEDULE), []

    def spy(x, t):
        asked.append(t)
        return denoise(x, t)

    list(SAMPLERS[name](spy, SCHEDULE, normal((1, 2), make_generator(2)), 25, make_generator(3)))
    assert all(type(t) is int and 1 <= t <= 1000 for t in asked)
    assert len(asked) == (49 if name == "heun" else 25)


@pytest.mark.parametrize("name", ["ddim", "ddpm"])
def test_a_run_resumed_in_the_middle_is_the_same_run(name):
    denoise, generator = made_up_denoiser(SCHEDULE), make_generator(4)
    whole = list(SAMPLERS[name](denoise, SCHEDULE, normal((2, 3), make_generator(2)), 20, make_generator(4)))
    half = whole[7]
    for state in SAMPLERS[name](denoise, SCHEDULE, normal((2, 3), make_generator(2)), 20, generator):
        if state.step == half.step:
            break
    rest = list(SAMPLERS[name](denoise, SCHEDULE, half.x, 12, generator, start_t=half.t))
    assert [state.t for state in rest] == [state.t for state in whole[8:]]
    assert torch.equal(rest[-1].x, whole[-1].x)


@every_sampler
def test_a_start_in_the_middle_leads_to_the_exact_end_from_there(name):
    """Picture to picture: noise a clean sample to level 400, walk back; the error is as small as the steps."""
    denoise, exact_end = gaussian_flow(SCHEDULE, mean=0.7, std=0.3)
    clean = torch.linspace(0.1, 1.3, 7, dtype=torch.float64)
    start = add_noise(clean, normal((7,), make_generator(5)).double(), SCHEDULE.alpha_bar[400])
    states = list(SAMPLERS[name](denoise, SCHEDULE, start, 60, make_generator(6), start_t=400))
    assert len(states) == 60
    if name != "ddpm":
        torch.testing.assert_close(states[-1].x, exact_end(start, 400), rtol=0, atol=0.015)


@every_sampler
@pytest.mark.parametrize("options", [{"steps": 0}, {"steps": 1001}, {"steps": 500, "start_t": 499}])
def test_steps_out_of_range_are_refused(name, options):
    with pytest.raises(BadRequest, match="Use 1 to"):
        next(
            SAMPLERS[name](
                made_up_denoiser(SCHEDULE), SCHEDULE, torch.zeros(1, 2), generator=make_generator(0), **options
            )
        )


@every_sampler
@pytest.mark.parametrize("start_t", [0, -1, 1001])
def test_a_start_outside_the_schedule_is_refused(name, start_t):
    with pytest.raises(BadRequest, match="level from 1 to 1000"):
        next(
            SAMPLERS[name](
                made_up_denoiser(SCHEDULE), SCHEDULE, torch.zeros(1, 2), 5, make_generator(0), start_t=start_t
            )
        )


@pytest.mark.parametrize("eta", [-0.1, 1.1, float("nan")])
def test_an_eta_out_of_range_is_refused(eta):
    with pytest.raises(BadRequest, match="Use 0"):
        next(ddim(made_up_denoiser(SCHEDULE), SCHEDULE, torch.zeros(1, 2), 5, make_generator(0), eta=eta))


def test_a_misspelt_sampler_gets_the_nearest_name():
    with pytest.raises(UnknownName, match="Did you mean 'ddim'"):
        SAMPLERS["dddim"]


@every_sampler
def test_only_ddpm_uses_the_generator_unless_asked(name):
    generator = make_generator(5)
    list(SAMPLERS[name](made_up_denoiser(SCHEDULE), SCHEDULE, torch.zeros(2, 2), 5, generator))
    untouched = torch.equal(generator.get_state(), make_generator(5).get_state())
    assert untouched == (name != "ddpm")


def test_with_a_generator_a_row_a_picture_does_not_depend_on_its_batch():
    denoise = made_up_denoiser(SCHEDULE)

    def run(seeds):
        generators = [make_generator(seed, "steps") for seed in seeds]
        *_, last = SAMPLERS["ddpm"](denoise, SCHEDULE, picture_noise((3, 2, 2), seeds), 10, generators)
        return last.x

    assert torch.equal(run([17, 4, 9])[0], run([17])[0])
    assert torch.equal(run([17, 4, 9])[2], run([9])[0])
    assert not torch.equal(run([17, 4])[0], run([17, 4])[1])


@every_sampler
@pytest.mark.parametrize("schedule", [linear_schedule(), cosine_schedule()], ids=["linear", "cosine"])
def test_a_float32_run_stays_float32_and_near_the_float64_run(name, schedule):
    start = normal((4, 2, 3, 3), make_generator(2))
    denoise = made_up_denoiser(schedule)
    *_, single = SAMPLERS[name](denoise, schedule, start, 20, make_generator(8))
    double_noise = [state.x for state in SAMPLERS[name](denoise, schedule, start.double(), 20, make_generator(8))]
    assert single.x.dtype == single.x0.dtype == single.eps.dtype == torch.float32
    if name != "ddpm":  # float64 noise is another draw
        torch.testing.assert_close(single.x.double(), double_noise[-1], rtol=0, atol=2e-5)
