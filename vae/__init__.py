"""The core of Latent Plane: a variational auto-encoder, its training, and everything computed from it.

Data flows one way: `data` → `model` → `training` → `runs` (the run directory) → `browser`; `analysis` computes what is
shown, `jobs` holds the training process, `cli` the command line. Nothing here knows Streamlit or Plotly, and importing
this needs no torch. For a notebook: `docs/notebook.ipynb`.
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
