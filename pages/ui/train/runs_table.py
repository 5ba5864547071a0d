"""Table of all runs, with actions on the selected ones."""

from typing import Any, cast

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui.format import duration
from pages.ui.frame import acting, escape, explained
from pages.ui.train.curves import comparison
from pages.ui.train.settings_form import fill_form
from pages.ui.train.watched import watch
from vae.analysis.comparison import incomparable
from vae.errors import RunError
from vae.jobs.process import start
from vae.runs import archive, foreign, trash
from vae.runs.catalogue import is_bundled, list_runs
from vae.runs.recognition import SCALE_HEADS, SCALE_WORDS
from vae.runs.run import About, Run

COLUMNS = {
    "Name": st.column_config.TextColumn(width="medium", pinned=True),
    "Preset": st.column_config.TextColumn(),
    "Likelihood": st.column_config.TextColumn(
        help="p(x|z). Nats are comparable between runs of one likelihood; an auto-encoder has a reconstruction alone."
    ),
    "State": st.column_config.TextColumn(),
    "Epochs": st.column_config.TextColumn(help="Done, of those planned."),
    "−ELBO": st.column_config.NumberColumn(format="%.2f", help="Validation, last epoch, nats per image."),
    "Best −ELBO": st.column_config.NumberColumn(format="%.2f", help="Validation, best epoch, nats per image."),
    "KL": st.column_config.NumberColumn(format="%.2f", help="Validation, last epoch, nats per image."),
    "kNN": st.column_config.NumberColumn(
        format="percent", help="Digits of validation images guessed right from the 15 nearest training images in z."
    ),
    "Mutual information": st.column_config.NumberColumn(
        format="%.2f", help="I(x; z) in nats: how much z tells which validation image it is of; at most the KL."
    ),
    "Active units": st.column_config.NumberColumn(
        format="%d", help="Latent dimensions that tell validation images apart: variance of the means above 0.01."
    ),
    "Trustworthiness": st.column_config.NumberColumn(
        format="%.3f",
        help="How far the 15 neighbours of a validation image on the map are neighbours in pixels, too; "
        "1: all of them, 0.5: as by chance.",
    ),
    "Aggregate KL": st.column_config.NumberColumn(
        format="%.3f", help="KL(q(z) ‖ p(z)) in nats: how far all validation images together are from the prior."
    ),
    "MMD²": st.column_config.NumberColumn(
        format="%.4f", help="The same distance, as the maximum mean discrepancy squared; without a unit."
    ),
    "Duration": st.column_config.TextColumn(),
    "Size": st.column_config.NumberColumn(format="bytes"),
    "Created": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
    "Note": st.column_config.TextColumn(width="medium"),
}
# Column → what it is called in the record of a run's evaluation.
EVALUATED = {
    "kNN": "knn_accuracy",
    "Mutual information": "mutual_information",
    "Active units": "active_units",
    "Trustworthiness": "trustworthiness",
    "Aggregate KL": "aggregate_kl",
    "MMD²": "mmd",
}
MAX_DOWNLOAD = 512_000_000  # bytes, which lie in the server's memory meanwhile
PAGES_OF_A_RUN = {
    "pages/2_Latent_space.py": "Latent space",
    "pages/3_Decode.py": "Decode",
    "pages/4_Reconstruct.py": "Reconstruct",
    "pages/5_Theory.py": "Theory",
}


def runs_table() -> None:
    """Show the table, actions on the selected runs, import, and trash."""
    st.subheader("Runs", anchor=False)
    with explained():
        _undo()
    runs = list_runs()
    chosen = _select(runs)
    if len(chosen) == 1:
        _one(chosen[0])
    elif chosen:
        _several(chosen)
    else:
        st.caption("Select a run for what can be done with it, or several to lay their curves over one another.")
    with st.expander("Import a run", icon=":material/upload:"):
        _import()
    if deleted := trash.trashed():
        with st.expander(f"Trash ({len(deleted)})", icon=":material/delete:"), explained():
            _trash(deleted)


def _select(runs: list[Run]) -> list[Run]:
    rows = [_row(run) for run in runs]
    selection = st.dataframe(
        {name: [row.get(name) for row in rows] for name in COLUMNS},
        column_config=COLUMNS,
        hide_index=True,
        placeholder="—",
        on_select="rerun",
        selection_mode="multi-row",
        key="runs-" + ",".join(run.id for run in runs),  # other rows, another selection
    )
    return [runs[i] for i in selection.selection.rows]


def _row(run: Run) -> dict[str, Any]:
    try:
        settings, status, history = run.settings, run.status, run.history()
        last, best, evaluation = history.last, history.best, history.evaluation
        return {
            "Name": run.name,
            "Preset": settings.preset,
            "Likelihood": settings.likelihood + (" (auto-encoder)" if settings.objective == "autoencoder" else ""),
            "State": status.state,
            "Epochs": f"{status.epoch} / {settings.epochs}",
            "−ELBO": -last.validation.elbo if last else None,
            "Best −ELBO": -best.validation.elbo if best else None,
            "KL": last.validation.kl if last else None,
            **{column: getattr(evaluation, name, None) for column, name in EVALUATED.items()},
            "Duration": duration(status.seconds),
            "Size": run.size(),
            "Created": run.created,
            "Note": run.about.note,
        }
    except RunError:
        return {"Name": run.id, "State": "damaged", "Size": run.size()}


def _one(run: Run) -> None:
    try:
        settings, about = run.settings, run.about
        _ = run.status, run.history()  # read for what they raise
    except RunError as error:
        st.error(escape(str(error)), icon=":material/error:")
        _delete([run])
        return
    with st.container(horizontal=True):
        if st.button("Watch", key="watch", icon=":material/visibility:"):
            watch(run)
        if run.epochs():
            for path, label in PAGES_OF_A_RUN.items():
                st.page_link(path, label=label, query_params={"run": run.id})
        st.button(
            "Duplicate",
            key="duplicate",
            icon=":material/content_copy:",
            on_click=fill_form,
            args=(settings,),
            help="Puts its settings into the form above, to be changed and started.",
        )
        if st.button("Reproduce", key="reproduce", icon=":material/replay:", help="Same settings, same seed, at once."):
            watch(start(settings))
        st.download_button(
            "Download",
            lambda: archive.pack(run),
            f"{run.id}.zip",
            "application/zip",
            key="download",
            disabled=not run.epochs() or run.size() > MAX_DOWNLOAD,
            help=f"Larger than {MAX_DOWNLOAD / 1e6:.0f} MB: `python -m vae export {run.id} FILE`",
            icon=":material/download:",
            on_click="ignore",
        )
        _delete([run])
    if not is_bundled(run):
        _rename(run, about)


def _rename(run: Run, about: About) -> None:
    name_column, note_column = st.columns([0.4, 0.6])
    version = hash(about)  # what another window writes makes new fields, or these would write the old text back
    name = name_column.text_input("Name", about.name, 100, key=f"name-{run.id}-{version}", placeholder=run.id)
    note = note_column.text_input("Note", about.note, 2000, key=f"note-{run.id}-{version}", placeholder="What for?")
    wanted = About(name=name.strip(), note=note.strip())
    if wanted != about:
        run.write_about(wanted)
        st.rerun()


def _several(runs: list[Run]) -> None:
    histories, settings = {}, []
    for run in runs:
        try:
            settings.append(run.settings)
            histories[run.name if run.name not in histories else f"{run.name} ({run.id})"] = run.history()
        except RunError as error:
            st.warning(escape(str(error)), icon=":material/warning:")
    if why := incomparable(settings):
        st.info(why, icon=":material/balance:")
    comparison(histories, key="comparison")
    _delete(runs)


def _delete(runs: list[Run]) -> None:
    """Delete runs after confirmation, except bundled and active ones."""
    possible = [run for run in runs if not is_bundled(run)]
    if not possible:
        return
    label = "Delete" if len(possible) == 1 else f"Delete {len(possible)} runs"
    with st.popover(label, icon=":material/delete:"):
        st.write("They go to the trash, from where they can be restored.")
        if st.button(label, key="delete", type="primary"):
            with acting():
                for run in possible:
                    st.session_state.setdefault("just-deleted", set()).add(trash.delete(run).id)
            st.rerun()


def _undo() -> None:
    """Show the way back right after a deletion."""
    deleted = [run.id for run in trash.trashed() if run.id in st.session_state.get("just-deleted", ())]
    if not deleted:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("1 run is in the trash." if len(deleted) == 1 else f"{len(deleted)} runs are in the trash.")
        if st.button("Undo", key="undo", icon=":material/undo:"):
            for name in deleted:
                trash.restore(name)
            st.rerun()
        if st.button("Fine", key="undo-not", type="tertiary"):
            del st.session_state["just-deleted"]
            st.rerun()


def _import() -> None:
    round_ = st.session_state.setdefault("import-round", 0)
    with st.container(horizontal=True):
        activation = st.selectbox(
            "Hidden layers of weights from elsewhere",
            foreign.ACTIVATIONS,
            index=None,
            placeholder="as the ELBO tells",
            help="The file does not say which non-linearity its network has.",
        )
        scale_head = st.selectbox(
            "Their second head gives",
            SCALE_HEADS,
            index=None,
            placeholder="what its name says, or log σ²",
            format_func=SCALE_WORDS.__getitem__,
        )
    file = st.file_uploader(
        "A run as a zip file, as Download makes it, or the weights of a VAE of fully connected layers that was trained "
        "elsewhere (.pth, .pt, .ckpt, .safetensors). All of it is checked; nothing in it is executed.",
        ["zip", *(suffix[1:] for suffix in foreign.SUFFIXES)],
        key=f"import-{round_}",
    )
    if file is None:
        return
    st.session_state["import-round"] += 1  # whatever comes of it, the file is not looked at again
    try:
        with acting(), st.spinner("Reading and checking…"):
            if foreign.is_checkpoint(file, file.name):
                run = foreign.import_checkpoint(file, file.name, activation, scale_head)
            else:
                run = archive.unpack(file)
            st.toast(f"{escape(run.name)} is here. {escape(run.about.note)}", icon=":material/check_circle:")
            watch(run)
    finally:
        _let_go(file)
    st.rerun()


def _let_go(file: UploadedFile) -> None:
    """Release an upload, which Streamlit would keep until its visitor has left."""
    if context := get_script_run_ctx():
        cast("MemoryUploadedFileManager", context.uploaded_file_mgr).remove_file(context.session_id, file.file_id)
    file.close()


def _trash(deleted: list[Run]) -> None:
    for run in deleted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(escape(_name(run)))
            if st.button("Restore", key=f"restore-{run.id}", icon=":material/undo:"):
                trash.restore(run.id)
                st.rerun()
    with st.popover("Empty the trash", icon=":material/delete_forever:"):
        st.write("What is in the trash will be gone for good.")
        if st.button("Delete for good", key="empty-trash", type="primary"):
            trash.empty()
            st.rerun()


def _name(run: Run) -> str:
    try:
        return run.name
    except RunError:
        return run.id
