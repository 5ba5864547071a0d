"""`make bench`: every measurement, in the table of docs/performance.md. With names of parts: those rows of it."""

import os
import platform
import re
import sys
import traceback
from importlib import import_module
from pathlib import Path

import streamlit
import torch

from vae.training.products import ROUNDED, rounds

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
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
    "crowd": "A crowd",
    "settings": "Settings",
    "mutations": "Damaged and hostile files",
    "honest": "Files of our own",
    "busy": "Beside other programs",
}
Rows = list[tuple[str, str]]


def main(names: list[str]) -> None:
    if unknown := set(names) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. The parts: {', '.join(PARTS)}.")
    failed = []
    for name in names or PARTS:
        print(f"{PARTS[name]} …", flush=True)
        try:
            rows = import_module(f"tests.benchmarks.{name}").measure()
        except Exception:  # what the others measured for half an hour is not lost
            traceback.print_exc()
            failed.append(name)
            continue
        for what, figure in rows:
            print(f"  {what}: {figure}", flush=True)
        write(name, rows)
    if failed:
        sys.exit(f"Not measured, their rows are as they were: {', '.join(failed)}.")


def machine() -> str:
    """Processor, system and versions."""
    ways = [way for way in ROUNDED if rounds(way, torch.device("cpu"))]
    lower = f", whose products are rounded by {' or '.join(ways)}" if ways else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, Streamlit {streamlit.__version__}"
    return f"{os.cpu_count()} cores, {_processor()}{lower}; {platform.system()}; {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write(name: str, rows: Rows) -> None:
    """Put a part's rows, headed by this machine, where the page has them."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda table: replaced(table[0], name, rows), text, count=1), encoding="utf-8")


def replaced(table: str, name: str, rows: Rows) -> str:
    """The table with these rows in place of what it had of that part, all parts in their order."""
    parts = dict.fromkeys(PARTS.values(), "")
    for title, where, measured in re.findall(r"^\| \*\*(.+?)\*\* \| (.*) \|\n((?:\| [^*].*\n)*)", table, re.MULTILINE):
        if title in parts:
            parts[title] = f"| **{title}** | {where} |\n{measured}"
    figures = "".join(f"| {what} | {figure} |\n" for what, figure in rows)
    parts[PARTS[name]] = f"| **{PARTS[name]}** | {machine()} |\n{figures}"
    return "| what | measured |\n|:--|:--|\n" + "".join(parts.values())


if __name__ == "__main__":
    main(sys.argv[1:])
