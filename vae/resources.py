"""Locations of the shipped files and of new runs, in a checkout and when installed.

In a checkout, app.py, pages/ and assets/ lie beside vae/. The wheel has them in a package of their own, latent_plane/.
"""

import os
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

NAME = "latent-plane"
_CHECKOUT = Path(__file__).parents[1]
IN_CHECKOUT = (_CHECKOUT / "assets" / "mnist").is_dir()

PROJECT = _CHECKOUT if IN_CHECKOUT else Path(str(files("latent_plane")))  # the folder that holds app.py and assets
ASSETS = PROJECT / "assets"


def runs_folder() -> Path:
    """Folder for new runs: LATENT_PLANE_RUNS, else `runs/` beside app.py; when installed, the user's data folder."""
    own = PROJECT if IN_CHECKOUT else user_data_path(NAME, appauthor=False)
    return Path(os.environ.get("LATENT_PLANE_RUNS") or own / "runs").absolute()
