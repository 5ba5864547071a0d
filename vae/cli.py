"""The command line: `python -m vae train | resume | evaluate | figure | list | page | export | import | ship`."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from vae import data
from vae.budget import open_regular
from vae.config import PRESETS, SETTINGS, make_settings
from vae.environment import outlive_the_console, silence, use_any_console, wait_briefly
from vae.errors import RunError, UserError, one_line, quoted
from vae.jobs import queue
from vae.jobs.train import train
from vae.runs import catalogue
from vae.runs.archive import pack, unpack
from vae.runs.directory import cannot_write
from vae.runs.files import exists, write_atomically
from vae.runs.foreign import import_checkpoint, is_checkpoint
from vae.runs.history import EpochRecord
from vae.runs.recognition import SCALE_HEADS
from vae.runs.run import Run

EXIT_ERROR = 2


class _Parser(argparse.ArgumentParser):
    """A parser whose error message is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_ERROR, f"{self.prog}: {one_line(message)}\n")


class _Interruption:
    """The reason to end a training early: a signal, or the end of standard input. None while it should continue."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def on_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def on_end_of_input(self) -> None:
        threading.Thread(target=self._await_end_of_input, daemon=True).start()

    def _on_signal(self, number: int, _frame: object) -> None:
        self.reason = f"Interrupted by {signal.Signals(number).name}"

    def _await_end_of_input(self) -> None:
        while os.read(sys.stdin.fileno(), 1):  # unbuffered: a reader of sys.stdin would block the interpreter's exit
            continue
        self.reason = "Interrupted, because the app that started it ended,"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 2, with one line on stderr, for an error that the user can fix."""
    wait_briefly()
    use_any_console()
    try:
        options = _parser().parse_args(arguments)
        code = options.command(options)
        sys.stdout.flush()
        return code
    except UserError as error:
        print(f"python -m vae: {one_line(str(error))}", file=sys.stderr)
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        silence()
        return 0
    except OSError as error:
        silence()
        print(f"python -m vae: {error.strerror or error}. Free some space, or write elsewhere.", file=sys.stderr)
    return EXIT_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m vae", description="Train and evaluate variational auto-encoders on MNIST.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    train = commands.add_parser("train", help="train a model into a run directory")
    train.set_defaults(command=_train)
    for setting in SETTINGS.values():
        note = f"; accepted: {setting.accepted}; default: the preset's" if setting.name != "preset" else ""
        train.add_argument(
            f"--{setting.name.replace('_', '-')}",
            dest=setting.name,
            default=argparse.SUPPRESS,
            metavar=f"{{{','.join(PRESETS)}}}" if setting.name == "preset" else setting.kind.upper(),
            help=(setting.help + note).replace("%", "%%"),
        )
    train.add_argument(
        "--run-dir", type=Path, help="new directory, or that of a queued run; default: a new one in the runs folder"
    )
    train.add_argument("--threads", type=_at_least_one, metavar="N", help="number of CPU threads; default: all")
    train.add_argument("--until-input-ends", action="store_true", help="end when standard input does")

    resume = commands.add_parser("resume", help="resume a training that ended early, or continue a finished one")
    resume.set_defaults(command=_resume)
    resume.add_argument("run", metavar="RUN", help="a run's id (see list) or directory")
    resume.add_argument("--epochs", type=_at_least_one, metavar="N", help="continue a finished run for N more epochs")

    evaluate = commands.add_parser("evaluate", help="print a run's figures on the test images as one JSON object")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("run", metavar="RUN", help="a run's id (see list) or directory")
    evaluate.add_argument("--epoch", type=int, help="default: the last one")
    evaluate.add_argument(
        "--record", action="store_true", help="also add the map's metrics on the validation images to the run"
    )

    figure = commands.add_parser("figure", help="draw samples, reconstructions, or the encoded test images")
    figure.set_defaults(command=_figure)
    figure.add_argument("figure", choices=["samples", "reconstructions", "latent"])
    figure.add_argument("run", metavar="RUN", help="a run's id (see list) or directory")
    figure.add_argument("-o", "--output", dest="file", metavar="FILE", type=Path, required=True, help="new PNG file")
    figure.add_argument("--epoch", type=int, help="default: the last one")
    figure.add_argument("--seed", type=_seed, metavar="N", default=0, help="random seed; default: 0")
    figure.add_argument(
        "--positions",
        choices=["means", "draws"],
        default="means",
        help="for the figure latent: the means of q(z|x), or a draw from each; default: means",
    )

    commands.add_parser("list", help="list the runs").set_defaults(command=_list)

    page = commands.add_parser("page", help="write a run's plane as one stand-alone HTML file")
    page.set_defaults(command=_page)
    page.add_argument("run", metavar="RUN", help="a run's id (see list) or directory")
    page.add_argument("-o", "--output", dest="file", metavar="FILE", type=Path, required=True, help="new file")
    page.add_argument("--epoch", type=int, help="default: the last one")
    page.add_argument("--points", type=_at_least_one, metavar="N", help="number of test images; default: 2000")

    export = commands.add_parser("export", help="pack a run into one zip file")
    export.set_defaults(command=_export)
    export.add_argument("run", metavar="RUN", help="a run's id (see list) or directory")
    export.add_argument("file", metavar="FILE", type=Path, help="new file")

    import_ = commands.add_parser("import", help="import an exported run, or the checkpoint of a VAE trained elsewhere")
    import_.set_defaults(command=_import)
    import_.add_argument("file", metavar="FILE", type=Path, help="a run's zip file, or a .pth, .pt or .safetensors")
    import_.add_argument(
        "--activation", choices=["relu", "tanh"], help="of a checkpoint's hidden layers; default: by its ELBO"
    )
    import_.add_argument(
        "--scale-head", choices=SCALE_HEADS, help="output of a checkpoint's second head; default: by its name"
    )

    ship = commands.add_parser("ship", help="copy a finished run in a smaller form, for sharing")
    ship.set_defaults(command=_ship)
    ship.add_argument("run", metavar="RUN", help="a run's id (see list) or directory")
    ship.add_argument("directory", metavar="DIR", type=Path, help="new directory")
    ship.add_argument("--last", action="store_true", help="only the last snapshot, in half precision")
    return parser


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a whole number from 1 on")
    return int(text)


def _seed(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a whole number from 0 to 10¹⁸ − 1")
    return int(text)


def _train(options: argparse.Namespace) -> int:
    given = {name: value for name, value in vars(options).items() if name in SETTINGS}
    run = _run_to_train(options.run_dir, given)
    interruption = _Interruption()
    interruption.on_signals()
    if options.until_input_ends:
        interruption.on_end_of_input()
    return _watch_training(run, interruption, options.threads)


def _resume(options: argparse.Namespace) -> int:
    run = _existing_run(options.run)
    interruption = _Interruption()
    interruption.on_signals()
    if options.epochs:
        queue.queue_for_more(run, options.epochs)
    else:
        queue.queue_again(run)
    return _watch_training(run, interruption, threads=None)


def _watch_training(run: Run, interruption: _Interruption, threads: int | None) -> int:
    """Train the queued run in this process, with a progress bar and a line per epoch; return the exit code.

    The bar appears on a terminal only. A console that cannot be written to does not stop the training.
    """
    outlive_the_console()
    if len(queue.waiting(run.path.parent)) > 1:
        print("Waiting for other trainings to end…", file=sys.stderr)
    n_epochs = run.settings.epochs
    n_images = n_epochs * len(data.load("train"))
    with tqdm(total=n_images, unit=" images", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
        for event in train(run, lambda: interruption.reason, threads):
            if isinstance(event, EpochRecord):
                bar.write(event.describe(n_epochs), file=sys.stdout)
                bar.set_postfix_str(f"−ELBO {-event.train.elbo:.2f} nats")
            else:
                bar.update(event.n_images)
    status = run.status
    print(f"{status.state}: {run.path}" + (f" ({one_line(status.message)})" if status.message else ""))
    return 0 if status.state == "finished" else 1


def _run_to_train(path: Path | None, given: dict[str, str]) -> Run:
    """The queued run at `path` if there is one, else a new run with the given settings."""
    if path is None or not exists(path / "config.json"):
        return catalogue.create_run(make_settings(given), path)
    run = Run(path.absolute())
    if given or run.recorded_status().state != "queued":
        raise RunError(f"{path} already holds a run ({run.status.state}). Choose a new directory, or resume it.")
    return run


def _evaluate(options: argparse.Namespace) -> int:
    from vae.analysis.metrics import Part
    from vae.runs.evaluation import evaluate, record_evaluation

    def watched(parts: Sequence[Part]) -> Iterator[Part]:
        with tqdm(parts, unit=" parts", leave=False, disable=not sys.stderr.isatty()) as bar:
            for part in bar:
                bar.set_description(part.name)
                yield part

    run = _existing_run(options.run)
    epoch = run.last_epoch() if options.epoch is None else options.epoch
    if options.record:
        record_evaluation(run, epoch, watched)
    form, silent = "log p(x): {percentage:3.0f} %|{bar}|", not sys.stderr.isatty()
    with tqdm(total=1.0, bar_format=form, leave=False, disable=silent, position=1) as bar:
        figures = evaluate(run, epoch, watched=watched, progress=lambda part: bar.update(part - bar.n))
    print(json.dumps(figures))
    return 0


def _figure(options: argparse.Namespace) -> int:
    from vae.analysis.figures import latent_figure, reconstructions_figure, samples_figure

    run = _existing_run(options.run)
    epoch = run.last_epoch() if options.epoch is None else options.epoch
    if options.figure == "samples":
        content = samples_figure(run.snapshot(epoch).model(), options.seed)
    elif options.figure == "reconstructions":
        content = reconstructions_figure(run.snapshot(epoch).model(), data.load("test").tensors()[0])
    else:
        content = latent_figure(run.snapshot(epoch).latent(), options.positions, options.seed)
    _write_new(options.file, content)
    print(options.file)
    return 0


def _list(_options: argparse.Namespace) -> int:
    for run in catalogue.list_runs():
        try:
            settings, status, last = run.settings, run.status, run.history().last
        except RunError as error:
            print(f"{run.id:32}  damaged      {one_line(str(error))}")
            continue
        figure = f"{-last.validation.elbo:.2f} nats" if last else "—"
        print(f"{run.id:32}  {status.state:11}  epoch {status.epoch}/{settings.epochs}  −ELBO (validation) {figure}")
    return 0


def _page(options: argparse.Namespace) -> int:
    from vae.browser.standalone import N_POINTS, standalone_page

    run = _existing_run(options.run)
    epoch = run.last_epoch() if options.epoch is None else options.epoch
    content = standalone_page(run.snapshot(epoch), options.points or N_POINTS)
    _write_new(options.file, content)
    print(f"{options.file} ({len(content) / 1e6:.1f} MB)")
    return 0


def _export(options: argparse.Namespace) -> int:
    _write_new(options.file, pack(_existing_run(options.run)))
    print(options.file)
    return 0


def _write_new(path: Path, content: bytes) -> None:
    if exists(path):
        raise RunError(f"{path} already exists. Choose a new name; a file is never overwritten.")
    try:
        write_atomically(path, content)
    except OSError as error:
        raise RunError(cannot_write(path, error)) from error


def _import(options: argparse.Namespace) -> int:
    try:
        with open_regular(options.file) as file:
            if is_checkpoint(file, options.file.name):
                run = import_checkpoint(file, options.file.name, options.activation, options.scale_head)
            elif options.activation or options.scale_head:
                raise RunError(f"{options.file} is not a checkpoint; leave out --activation and --scale-head.")
            else:
                run = unpack(file)
    except OSError as error:
        raise RunError(f"Cannot read {options.file}: {error.strerror}.") from error
    print(run.path)
    if run.about.note:
        print(one_line(run.about.note), file=sys.stderr)
    return 0


def _ship(options: argparse.Namespace) -> int:
    copy_small = catalogue.copy_last if options.last else catalogue.copy_slim
    copy = copy_small(_existing_run(options.run), options.directory)
    print(copy.path)
    return 0


def _existing_run(name: str) -> Run:
    path = Path(name)
    return Run(path.absolute()) if exists(path / "config.json") else catalogue.find_run(name)


if __name__ == "__main__":
    sys.exit(main())
