"""The state of a training, and the buttons that change it."""

import streamlit as st

from pages.ui.format import duration
from pages.ui.frame import acting, escape, explained
from pages.ui.plane.plane import panel
from vae.config import SETTINGS
from vae.jobs.process import active_runs, continue_, resume
from vae.jobs.requests import STRIDES, Change, Requests, Stride
from vae.runs.catalogue import is_bundled
from vae.runs.run import Run
from vae.runs.state import has_state
from vae.runs.status import State, Status

STRIDE_ICONS: dict[Stride, str] = {"minibatch": ":material/footprint:", "epoch": ":material/skip_next:"}


def controls(run: Run, state: State) -> None:
    """Show the training's state, its buttons, the decoded picture, and the latest figures.

    state: that of the run when the page was drawn; once it is another, the whole page is drawn again.
    """
    with explained():
        status = run.status
        if status.state != state:
            st.rerun()
        {
            "queued": _queued,
            "running": _running,
            "paused": _paused,
            "finished": _finished,
        }.get(status.state, _ended)(run, status)
        if run.epochs():
            panel("picture", "live", plain=True)
        _last_step(run, status)
        _figures(run)


def _queued(run: Run, status: Status) -> None:
    ahead = [other for other in active_runs() if other != run and other.status.since <= status.since]
    if status.pid is None or not ahead:
        st.info("Starting…", icon=":material/hourglass_top:")
    else:
        names = ", ".join(escape(other.name) for other in ahead)
        st.info(f"In the queue, place {len(ahead)}: after {names}.", icon=":material/hourglass_top:")
    _request(run, "Withdraw", ":material/close:", "stop")


def _running(run: Run, status: Status) -> None:
    pending = Requests(run).pending()
    st.progress(status.fraction, _progress_text(run, status))
    with st.container(horizontal=True):
        _request(run, "Pausing…" if "pause" in pending else "Pause", ":material/pause:", "pause")
        _request(run, "Stopping…" if "stop" in pending else "Stop", ":material/stop:", "stop")
        _change(run)
    if status.message:
        st.caption(escape(status.message))


def _paused(run: Run, status: Status) -> None:
    requests = Requests(run)
    st.progress(
        status.fraction, f"Paused at step {status.step:,} of {status.n_steps:,}, epoch {status.epoch}. All saved."
    )
    with st.container(horizontal=True):
        if st.button("Go on", key="go-on", icon=":material/play_arrow:", type="primary"):
            requests.go_on()
        for stride in STRIDES:
            if st.button(f"1 {stride}", key=f"step-{stride}", icon=STRIDE_ICONS[stride]):
                with acting():
                    requests.step(stride)
        _request(run, "Stop", ":material/stop:", "stop")
        _change(run)


def _last_step(run: Run, status: Status) -> None:
    """Explain the last minibatch, if it was a single step."""
    step = next(reversed(run.history().steps), None)
    if status.state != "paused" or not step or step.step != status.step or not step.layers:
        return
    moved = f" The test means moved by {step.means_moved:.4f} on average." if step.means_moved is not None else ""
    st.markdown(
        f"**Step {step.step:,}**: −ELBO of its minibatch {-step.train.elbo:.2f} nats, ‖gradient‖ "
        f"{step.gradient_norm:.3g}.{moved}"
    )
    rows = "\n".join(f"| {escape(name)} | {norm:.3g} | {change:.2%} |" for name, (norm, change) in step.layers.items())
    st.markdown(f"| weights of | ‖gradient‖ | changed by |\n|:--|--:|--:|\n{rows}")


def _finished(run: Run, status: Status) -> None:
    text = f"Finished: {status.epoch} epochs in {duration(status.seconds)}. {escape(status.message)}"
    st.success(text, icon=":material/check_circle:")
    if has_state(run) and not is_bundled(run):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            more = st.number_input("More epochs", 1, 10_000, run.settings.epochs, key="more-epochs", width=140)
            if st.button("Continue", key="continue", icon=":material/play_arrow:", help="With a schedule of its own."):
                with acting():
                    continue_(run, more)
                    st.rerun()
    _links(run)


def _ended(run: Run, status: Status) -> None:
    text = f"Failed. {status.message}" if status.state == "failed" else status.message  # the others begin with it
    st.warning(escape(text or f"{status.state.capitalize()}."), icon=":material/warning:")
    with st.container(horizontal=True):
        if not is_bundled(run) and st.button("Resume", key="resume", icon=":material/play_arrow:", type="primary"):
            with acting():
                resume(run)
                st.rerun()
        _change(run)
    _links(run)


def _request(run: Run, label: str, icon: str, name: str) -> None:
    """Show a button that requests `name` (stop or pause), once."""
    requests = Requests(run)
    if st.button(label, key=name, icon=icon, disabled=name in requests.pending()):
        with acting():
            requests.stop() if name == "stop" else requests.pause()
            st.rerun()


def _change(run: Run) -> None:
    """Show fields that change β and the learning rate from the next minibatch on."""
    settings, history = run.settings, run.history()
    with st.popover("Change", icon=":material/tune:", help="β and the learning rate, from the next minibatch on."):
        present = {name: history.present(name, getattr(settings, name)) for name in ("beta", "learning_rate")}
        values = {
            name: st.number_input(
                SETTINGS[name].title,
                SETTINGS[name].minimum,
                SETTINGS[name].maximum,
                value,
                format="%g",
                key=f"new-{name}-{run.id}-{value:g}",  # another run, or a change from elsewhere: the value of there
                help=SETTINGS[name].help,
            )
            for name, value in present.items()
        }
        changed = {name: value for name, value in values.items() if value != present[name]}
        if st.button("Apply", key="apply-change", disabled=not changed):
            with acting():
                Requests(run).change(Change(**changed))
                st.toast("It applies from the next minibatch on, and is marked on the curves.")


def _figures(run: Run) -> None:
    last = run.history().last
    if not last:
        return
    rows = {"training": last.train, "validation": last.validation}
    lines = (f"| {name} | {-m.elbo:.2f} | {-m.reconstruction:.2f} | {m.kl:.2f} |" for name, m in rows.items())
    st.markdown(f"| epoch {last.epoch}, nats | −ELBO | reconstruction | KL |\n|:--|--:|--:|--:|\n" + "\n".join(lines))


def _links(run: Run) -> None:
    if run.epochs():
        with st.container(horizontal=True):
            for path, label, icon in (
                ("pages/2_Latent_space.py", "See its latent space", ":material/scatter_plot:"),
                ("pages/3_Decode.py", "Decode with it", ":material/draw:"),
            ):
                st.page_link(path, label=label, icon=icon, query_params={"run": run.id})


def _progress_text(run: Run, status: Status) -> str:
    if not status.step:
        return "Starting…"
    left = f" · {duration(status.seconds_left)} left" if status.seconds_left is not None else ""
    rate = f" · {status.images_per_second:,.0f} images/s" if status.images_per_second else ""
    epochs = run.settings.epochs
    return f"Epoch {min(status.epoch + 1, epochs)} of {epochs}{rate}{left}"
