"""The Train page for its tests."""

from vae.runs.run import Run
from vae.runs.status import Status

PAGE = "1_Train.py"


def text_of(app) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.error, *app.toast]
    return " ".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def training(run: Run, state: str = "running") -> Run:
    """Make the run look as if this process were training it."""
    status = Status(state=state, epoch=1, step=12, n_steps=20, seconds=6, images_per_second=1234.0)
    run.write_status(status.taken_by_this_process())
    return run
