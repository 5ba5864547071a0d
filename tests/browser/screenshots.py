"""The README's pictures, from the running app: `python -m tests.browser.screenshots`."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import harness

FOLDER = harness.ROOT / "assets" / "pictures"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        harness.serving(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS)
        for name, path, scheme, pointer in (
            ("decode-light", "Decode?z=0.5,-1.2", "light", (-0.6, 0.5)),
            ("latent-space-dark", "Latent_space?backdrop=classes", "dark", (1.0, 1.7)),
        ):
            page = browser.new_page(**{**harness.WINDOW, "color_scheme": scheme})
            harness.open_page(page, f"{address}/{path}")
            page.wait_for_timeout(1500)
            page.mouse.move(*harness.position(page, pointer))
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / f"{name}.png")
        page = browser.new_page(**harness.WINDOW)
        page.goto(f"{address}/Theory?step=2&image=8")
        page.locator(".js-plotly-plot").nth(1).wait_for()
        page.wait_for_timeout(1500)
        page.screenshot(path=FOLDER / "theory-light.png")
        browser.close()


if __name__ == "__main__":
    main()
