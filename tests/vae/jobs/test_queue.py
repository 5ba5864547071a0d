"""One training at a time, whoever starts how many."""

import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import wait_for
from vae.config import make_settings
from vae.errors import RunError
from vae.jobs import process, queue
from vae.jobs.requests import Requests
from vae.jobs.train import train
from vae.runs import catalogue
from vae.runs.run import Run

pytestmark = pytest.mark.alone

LONG = make_settings({"preset": "article", "epochs": 500, "hidden": "8", "batch_size": 1000})


def test_a_training_waits_while_another_has_the_folder(small_mnist, small_settings):
    run = catalogue.create_run(small_settings)
    lock = FileLock(run.path.parent / ".training.lock", thread_local=False)
    lock.acquire()
    threading.Timer(0.7, lock.release).start()
    started = time.monotonic()
    list(train(run))
    assert time.monotonic() - started > 0.7
    assert run.status.state == "finished"


def test_the_queue_is_in_order_and_a_run_can_be_withdrawn(small_mnist, small_settings):
    first, second, third = (catalogue.create_run(small_settings) for _ in range(3))
    assert queue.waiting(first.path.parent) == [first, second, third]
    Requests(second).stop()
    list(train(second))
    assert second.status.state == "stopped"
    assert "Withdrawn from the queue" in second.status.message
    assert queue.waiting(first.path.parent) == [first, third]
    reasons = iter([None, None, "Interrupted by a test"])
    list(train(third, lambda: next(reasons)))
    assert third.status.state == "interrupted"
    list(train(first))
    queue.queue_again(second)
    list(train(second))
    assert second.status.state == first.status.state == "finished"


def test_a_dead_process_in_the_queue_is_passed_over(small_mnist, small_settings):
    dead, alive = catalogue.create_run(small_settings), catalogue.create_run(small_settings)
    child = multiprocessing.get_context("spawn").Process(target=int)
    child.start()
    child.join()
    dead.write_status(dead.status.model_copy(update={"pid": child.pid, "heartbeat": 0.0}))
    list(train(alive))
    assert alive.status.state == "finished"
    assert dead.status.state == "interrupted"


def test_a_run_is_trained_by_one_process_only(small_settings):
    run = catalogue.create_run(small_settings)
    queue.take(run)
    with pytest.raises(RunError, match="cannot be trained now: it is queued by process"):
        queue.take(run)
    with pytest.raises(RunError, match="is already queued"):
        queue.queue_again(run)


def test_a_bundled_run_is_never_trained(bundled):
    for again in (queue.queue_again, lambda run: queue.queue_for_more(run, 5)):
        with pytest.raises(RunError, match="came with the app and is read-only"):
            again(bundled)


def _start(folder: Path) -> None:
    os.environ["LATENT_PLANE_RUNS"] = str(folder)  # this process was forked from one that knows another
    process.start(LONG)
    time.sleep(300)


@pytest.mark.timeout(300)
def test_of_twenty_simultaneous_starts_one_trains_and_the_others_wait(runs_folder):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["vae.jobs.process"])
    servers = [context.Process(target=_start, args=(runs_folder,)) for _ in range(20)]
    for server in servers:
        server.start()
    try:
        wait_for(lambda: len(process.active_runs()) == 20, 90)
        wait_for(lambda: all(run.status.pid for run in process.active_runs()), 120)
        wait_for(lambda: at_work() == 1, 120)
        for _ in range(2):
            (trained,) = [run for run in process.active_runs() if run.status.state == "running"]
            Requests(trained).stop()
            wait_for(lambda trained=trained: trained.status.state == "stopped" and most_at_work() == 1, 120)
        waiting = [run for run in process.active_runs() if run.status.state == "queued"]
        assert len(waiting) == 17
        Requests(waiting[-1]).stop()
        wait_for(lambda: waiting[-1].status.state == "stopped", 30)
    finally:
        for server in servers:
            server.kill()
    wait_for(lambda: not process.active_runs(), 30)  # nobody outlives the app that started it


def at_work() -> int:
    return sum(run.status.state == "running" for run in process.active_runs())


def most_at_work() -> int:
    """How many were at work in what was seen of a second; never more than one."""
    seen = []
    end = time.monotonic() + 1
    while time.monotonic() < end:
        seen.append(at_work())
        assert seen[-1] <= 1
    return seen[-1]


def test_the_run_of_a_killed_app_and_trainer_can_be_resumed(runs_folder):
    context = multiprocessing.get_context("forkserver")
    app = context.Process(target=_start, args=(runs_folder,))
    app.start()
    wait_for(lambda: process.last_run() is not None and process.last_run().status.epoch >= 1)
    run: Run = process.last_run()
    app.kill()
    os.kill(run.status.pid, 9)
    wait_for(lambda: run.status.state == "interrupted", 5)
    epoch = run.last_epoch()
    process.resume(run)
    wait_for(lambda: run.last_epoch() > epoch)
    Requests(run).stop()
    wait_for(lambda: run.status.state == "stopped", 20)
