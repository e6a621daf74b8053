"""Diffusion as mathematics: schedules, targets, guidance and samplers, pure functions over tensors and a denoiser.

Nothing here knows a network, a caption or a screen, so the same sampler runs on latents, on pixels and on 2-D points.
"""
