"""The core of Latent Plane: a variational auto-encoder, its training, and everything computed from it.

Data flows one way: `data` → `model` → `training` → `runs` (the run directory) → `browser`. `analysis` computes what is
shown, `jobs` holds the training process, and `cli` is the command line. The package uses neither Streamlit nor Plotly,
and importing it does not import torch. `docs/notebook.ipynb` is an example.
"""

from vae.config import PRESETS, Settings, make_settings
from vae.errors import UserError
from vae.runs.catalogue import create_run, find_run, list_runs
from vae.runs.run import Run
from vae.runs.snapshot import Snapshot

__all__ = [
    "PRESETS",
    "Run",
    "Settings",
    "Snapshot",
    "UserError",
    "create_run",
    "find_run",
    "list_runs",
    "make_settings",
]
