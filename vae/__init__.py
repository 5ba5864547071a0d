"""The core of Latent Plane: a variational auto-encoder, its training, and everything computed from it.

Data flows one way: `data` → `model` and `training` → `runs` (the run directory) → `analysis` → `browser`. Nothing here
knows Streamlit or Plotly, and importing the package imports no torch. For a notebook: `docs/notebook.ipynb`.
"""

from vae.config import PRESETS, Settings, make_settings
from vae.errors import UserError
from vae.runs.catalogue import create_run, find_run, list_runs
from vae.runs.run import Run

__all__ = ["PRESETS", "Run", "Settings", "UserError", "create_run", "find_run", "list_runs", "make_settings"]
