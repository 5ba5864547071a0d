"""The command `latent-plane`, which opens the app from any folder.

In the wheel, this file is latent_plane/__init__.py, beside app.py.
"""

import sys
from pathlib import Path

APP = Path(__file__).parent / "app.py"


def main() -> None:
    """Run `streamlit run app.py`, passing the command line's arguments on to Streamlit.

    Streamlit reads `.streamlit/config.toml` beside app.py.
    """
    from streamlit.web import cli

    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
