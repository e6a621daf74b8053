"""Latent Lab: learn latent diffusion by doing it, on real small models, on a CPU.

Importing this package is cheap and has one effect: defaults for the process environment that must be set
before torch or gradio is first imported. Whatever the user has set already wins.
"""

import os

__version__ = "0.1.0"

_ENVIRONMENT = {
    "GOMP_SPINCOUNT": "2000",  # OpenMP threads that wait give the core back soon: other processes are not starved
    "GRADIO_ANALYTICS_ENABLED": "False",  # no telemetry: the app makes no request to any other machine
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",  # else gradio summarises all past events after every event
    "HF_HUB_OFFLINE": "1",  # nothing is fetched from a model hub
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)
