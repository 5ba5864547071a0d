"""Python imports this at its start in a process whose PYTHONPATH has this folder: it then has the small MNIST.

With SMALL_TEST_SET in its environment, it has a thousand test images, too.
"""

import os

from tests import thousand
from vae import data

data.load = thousand.load_of_each if "SMALL_TEST_SET" in os.environ else thousand.load
