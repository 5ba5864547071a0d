"""The example notebook: its code runs from any folder, and it is committed without outputs."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CELLS = json.loads((ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]


def test_its_code_runs_from_any_folder(tmp_path):
    script = tmp_path / "notebook.py"
    script.write_text("\n\n".join("".join(cell["source"]) for cell in CODE), encoding="utf-8")
    variables = os.environ | {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error::DeprecationWarning:__main__", script]
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "mnist-plane" in done.stdout
    (difference,) = (line for line in done.stdout.splitlines() if line.startswith("largest difference: "))
    assert float(difference.partition(": ")[2]) < 1e-3
    gaps = [float(line.rpartition("gap ")[2].split()[0]) for line in done.stdout.splitlines() if "gap" in line]
    assert len(gaps) == 6
    assert min(gaps) > -0.3  # the ELBO's draws are random


def test_it_is_committed_without_outputs():
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in CODE)
