"""The epoch that a page shows: chosen on a slider, played like a film, kept in the URL (`?epoch=7`)."""

from collections.abc import Callable

import streamlit as st

from pages.ui.frame import escape, explained
from vae.errors import quoted
from vae.runs.run import Run
from vae.runs.snapshot import Moment, Snapshot

FRAME = "0.7s"  # between two epochs of the film


def timelapse(run: Run, show: Callable[[Snapshot], None]) -> None:
    """Call `show` with the snapshot of the chosen epoch, again for every change of it, and while the film plays."""
    _read_url(run)
    plays = _plays(run)
    st.fragment(_show_explained, run_every=FRAME if plays else None)(run, show, plays)


def _show_explained(run: Run, show: Callable[[Snapshot], None], has_timer: bool) -> None:
    with explained():
        epoch = _chosen(run)
        if _plays(run):
            epoch = _advance(run, epoch)
        elif has_timer:
            st.rerun()  # without it
        show(run.snapshot(epoch))


def epoch_slider(snapshot: Snapshot) -> None:
    """The controls: play, the slider, and the way to the best epoch. To be called by `show`, at its place."""
    run, epoch = snapshot.run, snapshot.moment
    epochs = run.epochs()
    if len(epochs) < 2:
        return
    best = run.history().best
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="timelapse"):
        label, icon = ("Pause", ":material/pause:") if _plays(run) else ("Play", ":material/play_arrow:")
        if st.button(label, icon=icon, key="play", help="Play the training, epoch by epoch."):
            _play_or_pause(run, epoch)
        # In a film every frame has a slider of its own: what the browser says of the one before is nobody's choice.
        key = f"epoch-in-film-{epoch}" if _plays(run) else "epoch-choice"
        st.session_state[key] = epoch
        st.select_slider(
            "Epoch",
            epochs,
            key=key,
            on_change=_choose,
            args=(run, key),
            format_func=lambda option: f"epoch {option}" + (" · best" if best and option == best.epoch else ""),
            label_visibility="collapsed",
        )
        if best and best.epoch in epochs and best.epoch != epoch:
            st.button(
                f"Best: {best.epoch}",
                key="best-epoch",
                type="tertiary",
                help=f"The epoch of the best validation ELBO: −ELBO {-best.validation.elbo:.2f} nats.",
                on_click=_keep,
                args=(run, best.epoch),
            )


def _read_url(run: Run) -> None:
    """Take over the epoch of the URL; for whole script runs alone, as `pin.read_pin`."""
    wanted = st.query_params.get("epoch")
    if wanted and wanted in map(str, run.epochs()):
        _keep(run, int(wanted))
    elif wanted:
        text = escape(f"This run has no snapshot of epoch {quoted(wanted)}. Its newest is shown.")
        st.warning(text, icon=":material/warning:")
        _keep(run, None)


def _chosen(run: Run) -> int:
    """The epoch chosen for this run, if its snapshot is still there; else the newest, which is not in the URL."""
    epoch = st.session_state.get(f"epoch-of-{run.id}")
    if epoch is None or epoch == run.last_epoch() or epoch not in run.epochs():
        _keep(run, None)
        return run.last_epoch()
    _keep(run, epoch)
    return epoch


def _plays(run: Run) -> bool:
    return st.session_state.get("film") == run.id


def _play_or_pause(run: Run, epoch: Moment) -> None:
    if _plays(run):
        del st.session_state["film"]
    else:
        st.session_state["film"] = run.id
        st.session_state["film-begins"] = True
        if epoch == run.last_epoch():
            _keep(run, run.epochs()[0])
    st.rerun()


def _advance(run: Run, epoch: int) -> int:
    """The next frame of the film; it ends with the newest."""
    if st.session_state.pop("film-begins", False):
        return epoch
    later = [other for other in run.epochs() if other > epoch]
    if later:
        _keep(run, later[0])
        return _chosen(run)
    del st.session_state["film"]
    st.rerun()


def _choose(run: Run, key: str) -> None:
    st.session_state.pop("film", None)
    _keep(run, st.session_state[key])


def _keep(run: Run, epoch: int | None) -> None:
    """Remember the epoch for this run, and in the URL; None: its newest, whichever that will be."""
    if epoch is None:
        st.session_state.pop(f"epoch-of-{run.id}", None)
        st.query_params.pop("epoch", None)
    else:
        st.session_state[f"epoch-of-{run.id}"] = epoch
        st.query_params["epoch"] = str(epoch)
