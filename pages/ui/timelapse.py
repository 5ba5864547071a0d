"""The epoch that a page shows: chosen on a slider, played like a film, kept in the URL (`?epoch=7`)."""

from collections.abc import Callable

import streamlit as st

from pages.ui.frame import escape, explained
from vae.run import Run

FRAME = "0.7s"  # between two epochs of the film


def timelapse(run: Run, show: Callable[[Run, int], None]) -> None:
    """Call `show(run, epoch)` for the epoch that is chosen, again for every change of it, and while the film plays."""
    st.fragment(_show_explained, run_every=FRAME if _plays(run) else None)(run, show)


def _show_explained(run: Run, show: Callable[[Run, int], None]) -> None:
    with explained():
        epoch = _chosen(run)
        show(run, _advance(run, epoch) if _plays(run) else epoch)


def epoch_slider(run: Run, epoch: int) -> None:
    """The controls: play, the slider, and the way to the best epoch. To be called by `show`, at its place."""
    epochs = run.epochs()
    if len(epochs) < 2:
        return
    best = run.history().best
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="timelapse"):
        label, icon = ("Pause", ":material/pause:") if _plays(run) else ("Play", ":material/play_arrow:")
        if st.button(label, icon=icon, key="play", help="Play the training, epoch by epoch."):
            _play_or_pause(run, epoch)
        st.session_state["epoch-choice"] = epoch
        st.select_slider(
            "Epoch",
            epochs,
            key="epoch-choice",
            on_change=_choose,
            args=(run,),
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


def _chosen(run: Run) -> int:
    """The epoch of the URL, or the one chosen before for this run; else the newest."""
    wanted = st.query_params.get("epoch") or str(st.session_state.get(f"epoch-of-{run.id}", ""))
    if wanted.isdecimal() and int(wanted) in run.epochs():
        _keep(run, int(wanted))
        return int(wanted)
    if wanted:
        text = escape(f"This run has no snapshot of epoch {wanted[:20]!r}. Its newest is shown.")
        st.warning(text, icon=":material/warning:")
        _keep(run, run.last_epoch())
    return run.last_epoch()


def _plays(run: Run) -> bool:
    return st.session_state.get("film") == run.id


def _play_or_pause(run: Run, epoch: int) -> None:
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
        return later[0]
    del st.session_state["film"]
    st.rerun()


def _choose(run: Run) -> None:
    st.session_state.pop("film", None)
    _keep(run, st.session_state["epoch-choice"])


def _keep(run: Run, epoch: int) -> None:
    """Remember the epoch for this run, and in the URL unless it is the newest, which a later visitor wants newest."""
    if epoch == run.last_epoch():
        st.session_state.pop(f"epoch-of-{run.id}", None)
        st.query_params.pop("epoch", None)
    else:
        st.session_state[f"epoch-of-{run.id}"] = epoch
        st.query_params["epoch"] = str(epoch)
