"""The landing page and the server: `streamlit run app.py` imports this file once, and runs it for each visitor."""

import streamlit as st

from pages.ui import server, static
from pages.ui.frame import PAGES, escape, page
from pages.ui.plane.plane import clicked, dealt_with, panel, plane
from vae.analysis.latent import format_place
from vae.jobs.process import active_runs
from vae.runs.catalogue import default_run


def landing() -> None:
    st.markdown(
        "A variational auto-encoder has learnt to squeeze a handwritten digit into two numbers, and to draw it again "
        "from them. Move over the plane of those two numbers to see what it draws at each place."
    )

    run = default_run()
    if (place := clicked("landing")) is not None:
        dealt_with("landing")
        st.switch_page("pages/3_Decode.py", query_params={"run": run.id, "z": format_place(place)})

    left, right = st.columns([0.64, 0.36], gap="large")
    with left:
        plane(run.snapshot(run.last_epoch()), key="landing")
    with right:
        panel("picture", "landing", plain=True)
        st.caption("Each dot is a real digit, at the place where the encoder puts it. Click to look closer.")
        for path, what in {
            "pages/1_Train.py": "watch a plane emerge",
            "pages/2_Latent_space.py": "see where digits lie",
            "pages/3_Decode.py": "walk through the drawings",
            "pages/4_Reconstruct.py": "see what is kept of a digit",
            "pages/5_Theory.py": "follow the derivation",
        }.items():
            label, icon = PAGES[path]
            st.page_link(path, label=f"**{label}** · {what}", icon=icon)
        if trainings := active_runs():
            st.info(f"A training is under way: {escape(trainings[0].name)}", icon=":material/model_training:")


if __name__ == "__main__":
    with page("Latent Plane"):
        landing()
else:
    app = st.App(__file__, lifespan=server.lifespan, routes=static.routes(), middleware=server.MIDDLEWARE)
