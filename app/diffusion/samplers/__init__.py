"""The table of samplers. All are called alike; see base.Sampler."""

from app.core.registry import Registry
from app.diffusion.samplers import ddim, ddpm, dpm_solver, euler, heun
from app.diffusion.samplers.base import Sampler

SAMPLERS: Registry[Sampler] = Registry(
    "sampler",
    ddpm=ddpm.ddpm,
    ddim=ddim.ddim,
    euler=euler.euler,
    heun=heun.heun,
    dpm=dpm_solver.dpm_solver,
)
