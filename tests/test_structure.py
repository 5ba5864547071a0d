"""The two rules that hold the house up, and what must stay light."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a file imports, wherever in it."""
    return _names(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported_to_run(path: Path) -> set[str]:
    """Such names but for those that are imported for type annotations alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return _names(ast.walk(tree))


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("path", sorted((ROOT / "vae").glob("**/*.py")), ids=lambda path: path.name)
def test_the_core_knows_no_streamlit_and_no_plotly(path):
    assert imported(path).isdisjoint({"streamlit", "plotly", "pages"})


ROOMS = (  # of the core; each imports only those before it, and itself
    ("budget", "config", "data", "environment", "errors", "pictures", "resources"),
    ("model",),
    ("training",),
    ("analysis",),
    ("runs",),
    ("jobs",),
    ("browser",),
    ("cli",),
)


def floor(module: str) -> int:
    """The number of the room that a module such as "vae.runs.run" is in."""
    return next(i for i, names in enumerate(ROOMS) if module.split(".")[1] in names)


def core_imports(path: Path) -> set[str]:
    """The core's modules that a file imports, wherever in it, such as "vae.runs.run"."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {module for module in modules if module.startswith("vae.")}


CORE = sorted(set((ROOT / "vae").glob("**/*.py")) - {ROOT / "vae" / name for name in ("__init__.py", "__main__.py")})


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_room_of_the_core_imports_one_above_it(path):
    own = floor(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert not [module for module in core_imports(path) if floor(module) > own]


READ = [*CORE, *sorted((ROOT / "pages").glob("**/*.py")), *sorted((ROOT / "tests").glob("**/*.py"))]


@pytest.mark.parametrize("path", READ, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_classes_are_short_enough_to_be_read(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    classes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
    assert not [node.name for node in classes if node.end_lineno - node.lineno >= 200]


PLANE = ROOT / "assets" / "plane"
MODULES = sorted(PLANE.glob("**/*.js"))
JAVASCRIPT_ROOMS = (  # of the plane; each imports only those before it, and itself
    ("types.js", "dom.js", "channel.js", "component.js"),
    ("math",),
    ("format",),
    ("store",),
    ("layers",),
    ("input",),
    ("panels", "curves"),
    ("plane.js",),
    ("standalone.js",),
)


def javascript_floor(module: Path) -> int:
    room = module.relative_to(PLANE).parts[0]
    return next(i for i, names in enumerate(JAVASCRIPT_ROOMS) if room in names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PLANE).as_posix())
def test_no_room_of_the_plane_imports_one_above_it(path):
    text = path.read_text(encoding="utf-8")
    names = re.findall(r"""^(?:import|export)\b[^;]*? from "([^"]+)";""", text, re.MULTILINE)
    imported = [(path.parent / name).resolve() for name in names]
    assert all(module in MODULES for module in imported)
    assert not [module for module in imported if javascript_floor(module) > javascript_floor(path)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PLANE).as_posix())
def test_modules_of_the_plane_are_short_enough_to_be_read(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    classes = re.findall(r"^(?:export )?class .*?^}$", text, re.MULTILINE | re.DOTALL)
    assert all(len(whole.splitlines()) <= 200 for whole in classes)


PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("**/*.py"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_contain_no_mathematics(path):
    assert imported_to_run(path).isdisjoint({"torch", "torchvision", "numpy", "math", "PIL"})


def test_importing_what_a_first_paint_needs_imports_no_torch():
    script = (
        "import sys, vae.cli\n"
        "import vae.runs.catalogue, vae.runs.archive, vae.runs.trash, vae.runs.foreign, vae.jobs.process\n"
        "import vae.browser.payload, vae.browser.curves, vae.analysis.latent, vae.analysis.reconstruction\n"
        "import vae.analysis.comparison, vae.analysis.divergence, vae.analysis.alignment, vae.analysis.figures\n"
        "import vae.analysis.pixel_densities, vae.runs.recognition, vae.jobs.train\n"
        "run = vae.runs.catalogue.list_runs()[0]\n"
        "assert vae.browser.payload.plane_payload(run.snapshot(run.last_epoch()))\n"
        "sys.exit('torch is imported' if 'torch' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_server_listens_on_this_machine_alone():
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert 'address = "localhost"' in config
