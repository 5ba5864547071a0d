"""`make bench`: every measurement, in one table, which the README shows. With names of parts: those, on the screen."""

import os
import platform
import re
import sys
from importlib import import_module
from pathlib import Path

import streamlit
import torch

from vae.device import multiplies_bfloat16

README = Path(__file__).parents[2] / "README.md"
TABLE = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- end -->)", re.DOTALL)
PARTS = {
    "training": "Training",
    "growth": "What a training costs",
    "evidence": "Encoding and evidence",
    "pages": "Pages",
    "app": "The plane",
    "million": "A million points",
    "live": "A training and the pages, on the same cores",
    "visitors": "Visitors",
}
Rows = list[tuple[str, str]]


def main(names: list[str]) -> None:
    if unknown := set(names) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. The parts: {', '.join(PARTS)}.")
    rows: Rows = [("**machine**", machine())]
    for name in names or PARTS:
        print(f"{PARTS[name]} …", flush=True)
        found = import_module(f"tests.benchmarks.{name}").measure()
        rows += [(f"**{PARTS[name]}**", ""), *found]
        for what, figure in found:
            print(f"  {what}: {figure}", flush=True)
    if not names:
        write(rows)


def machine() -> str:
    """Processor, system and versions."""
    lower = ", which multiplies bfloat16" if multiplies_bfloat16(torch.device("cpu")) else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, Streamlit {streamlit.__version__}"
    return f"{os.cpu_count()} cores, {_processor()}{lower}; {platform.system()}; {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write(rows: Rows) -> None:
    """Put the table where the README has it."""
    lines = ["| what | measured |", "|:--|:--|", *(f"| {what} | {figure} |" for what, figure in rows)]
    text = README.read_text(encoding="utf-8")
    README.write_text(TABLE.sub(lambda _: "\n".join(lines) + "\n", text, count=1), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
