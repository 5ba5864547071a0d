import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import wait_for
from vae.config import PRESETS, make_settings
from vae.errors import RunError
from vae.jobs import process
from vae.jobs.requests import Requests
from vae.runs import catalogue
from vae.runs.status import Status

ROOT = Path(__file__).parents[3]
LONG = {"preset": "article", "epochs": 500, "hidden": "8", "batch_size": 1000}


def test_a_training_runs_as_a_child_and_can_be_stopped():
    run = process.start(make_settings(LONG))
    assert process.active_runs() == [run]
    assert process.last_run() == run
    second = process.start(PRESETS["plane"])
    wait_for(lambda: run.status.epoch >= 1 and second.status.pid is not None)
    assert process.active_runs() == [run, second]
    assert second.status.state == "queued"
    Requests(second).stop()
    wait_for(lambda: second.status.state == "stopped", 20)
    Requests(run).stop()
    wait_for(lambda: not run.status.active, 20)
    assert run.status.state == "stopped"
    assert run.status.epoch in run.epochs()
    assert process.active_runs() == []


def test_a_training_can_start_paused_and_go_on():
    run = process.start_paused(make_settings(LONG))
    wait_for(lambda: run.status.state == "paused")
    assert run.status.step == 0
    Requests(run).step("minibatch")
    wait_for(lambda: run.status.state == "paused" and run.status.step == 1)
    Requests(run).go_on()
    wait_for(lambda: run.status.epoch >= 1)
    Requests(run).stop()
    wait_for(lambda: run.status.state == "stopped", 20)


def test_a_finished_training_can_be_continued(small_mnist_in_processes):
    run = process.start(make_settings({**LONG, "epochs": 1}))
    wait_for(lambda: run.status.state == "finished")
    process.continue_(run, 1)
    wait_for(lambda: run.status.state == "finished" and run.status.epoch == 2)
    with pytest.raises(RunError, match="has finished all"):
        process.resume(run)


def test_a_killed_training_is_noticed_at_once():
    run = process.start(make_settings(LONG))
    wait_for(lambda: run.status.epoch >= 1)
    subprocess.run(["kill", "-9", str(run.status.pid)], check=True)
    wait_for(lambda: run.status.state == "interrupted", 5)
    assert process.active_runs() == []
    run.snapshot(run.last_epoch()).weights()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_training_outlives_the_app_that_started_it(end):
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import time, vae.jobs.process as j, vae.config as c; j.start(c.make_settings({LONG})); time.sleep(99)",
        ],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: process.last_run() is not None and process.last_run().status.epoch >= 1)
    run = process.last_run()
    app.send_signal(end)
    app.wait()
    wait_for(lambda: not run.status.active, 5)
    assert run.status.state == "interrupted"
    assert "app that started it ended" in run.status.message
    run.snapshot(run.last_epoch()).weights()


def test_the_newest_run_is_the_last(small_run):
    assert process.last_run() == small_run
    newer = catalogue.create_run(PRESETS["plane"])
    newer.write_status(Status(state="failed"))
    assert process.last_run() == newer


def test_a_training_that_cannot_be_started_says_so_and_blocks_nobody(small_run):
    small_run.write_status(Status(state="stopped"))
    (small_run.path / "log.txt").unlink()
    (small_run.path / "log.txt").mkdir()
    with pytest.raises(RunError, match="cannot be started: Is a directory"):
        process.resume(small_run)
    assert small_run.status.state == "failed"
    assert process.active_runs() == []


def test_a_run_whose_process_is_slow_to_start_is_not_given_up(monkeypatch, small_mnist_in_processes):
    """A cold disk or a virus scanner: the process comes to the run long after it has been queued."""
    slow = (sys.executable, "-c", "import time; time.sleep(3); from vae.cli import main; main()", "train")
    monkeypatch.setattr(process, "COMMAND", slow)
    monkeypatch.setattr("vae.runs.status.SILENCE_ALLOWED", 0.5)
    run = process.start(make_settings({**LONG, "epochs": 1}))
    time.sleep(1.5)
    assert run.status.state == "queued"
    assert process.active_runs() == [run]
    monkeypatch.setattr("vae.runs.status.SILENCE_ALLOWED", 30.0)
    wait_for(lambda: run.status.state == "finished")


def test_a_process_that_ends_before_it_began_is_noticed_with_its_reason(monkeypatch):
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", "import sys; sys.exit(7)"))
    run = process.start(make_settings(LONG))
    wait_for(lambda: run.status.state == "failed", 20)
    assert "exit code 7" in run.status.message
    assert process.active_runs() == []


def test_a_run_whose_starter_is_gone_is_given_up():
    script = "import vae.jobs.process as j, vae.config as c; j.COMMAND = ('true',); j._launch = j.stand_for; "
    script += f"j.start(c.make_settings({LONG}))"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
    run = process.last_run()
    aged = run.recorded_status().model_copy(update={"heartbeat": time.time() - 60})
    run.write_status(aged)
    assert run.status.state == "interrupted"
    process.resume(run)
    wait_for(lambda: run.status.state == "running")
    Requests(run).stop()
    wait_for(lambda: run.status.state == "stopped", 20)


def test_a_run_that_was_queued_long_ago_can_be_trained(small_mnist_in_processes):
    run = catalogue.create_run(make_settings({**LONG, "epochs": 1}))
    run.write_status(Status(heartbeat=time.time() - 600, since=time.time() - 600))
    done = subprocess.run([*process.COMMAND, "--run-dir", str(run.path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert run.status.state == "finished"


def test_a_training_from_the_page_survives_a_console_that_is_not_utf_8(monkeypatch, small_mnist_in_processes):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    run = process.start(make_settings({**LONG, "epochs": 2}))
    wait_for(lambda: not run.status.active)
    assert run.status.state == "finished"
    assert "−ELBO" in (run.path / "log.txt").read_text(encoding="utf-8")
