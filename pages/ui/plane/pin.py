"""The pinned place of the plane (`?z=0.5,-1.2`). A session brings it along from page to page."""

from pages.ui.choice import Choice
from pages.ui.plane.plane import Place, clicked, dealt_with
from vae.analysis.latent import format_place, parse_place

PIN: Choice[Place | None] = Choice("z", None, parse_place, format=lambda place: format_place(place) if place else "")


def pin(key: str) -> Place | None:
    """The place just clicked on the plane `key`, or else the one pinned before, or None."""
    if place := clicked(key):
        PIN.keep(place)
        dealt_with(key)
    return PIN.value
