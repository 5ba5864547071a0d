"""The epoch that a page shows: chosen on a slider, played like a film, kept in the URL (`?epoch=7`)."""

from collections.abc import Callable

import streamlit as st

from pages.ui.choice import Choice
from pages.ui.frame import explained
from vae.errors import RunError, quoted
from vae.runs.run import Run
from vae.runs.snapshot import Moment, Snapshot

FRAME = "0.7s"  # between two epochs of the film


def timelapse(run: Run, show: Callable[[Snapshot], None]) -> None:
    """Call `show` with the snapshot of the chosen epoch, again for every change of it, and while the film plays."""
    _epoch(run).read()
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
    """Show play button, slider, and button for the best epoch; `show` calls this at their place."""
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
                on_click=_epoch(run).keep,
                args=(best.epoch,),
            )


def _epoch(run: Run) -> Choice[int | None]:
    """The choice of an epoch of this run; None: its newest, whichever that will be."""

    def parse(text: str) -> int:
        if text not in map(str, run.epochs()):
            raise RunError(f"This run has no snapshot of epoch {quoted(text)}. Its newest is shown.")
        return int(text)

    return Choice("epoch", None, parse, key=f"epoch-of-{run.id}")


def _chosen(run: Run) -> int:
    """The epoch chosen for this run if its snapshot still exists, else the newest."""
    choice, epochs = _epoch(run), run.epochs()
    epoch = choice.value
    if epoch is None or epoch not in epochs or epoch == run.last_epoch():
        choice.keep(None)
        return run.last_epoch()
    choice.write()
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
            _epoch(run).keep(run.epochs()[0])
    st.rerun()


def _advance(run: Run, epoch: int) -> int:
    """The film's next epoch; it ends with the newest."""
    if st.session_state.pop("film-begins", False):
        return epoch
    later = [other for other in run.epochs() if other > epoch]
    if later:
        _epoch(run).keep(later[0])
        return _chosen(run)
    del st.session_state["film"]
    st.rerun()


def _choose(run: Run, key: str) -> None:
    st.session_state.pop("film", None)
    _epoch(run).keep(st.session_state[key])
