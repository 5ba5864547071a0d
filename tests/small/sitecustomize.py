"""Python imports this at its start in a process whose PYTHONPATH has this folder: it then has the small MNIST."""

from tests import thousand
from vae import data

data.load = thousand.load
