"""The file that goes with a broadcast: a picture, a PDF or a short video for everybody to see.

Its id says its kind, and nobody can guess it: who knows the address may look.
"""

from collections.abc import Mapping

from handlers.offices import House

ENDINGS: Mapping[str, str] = {"photo": "jpg", "pdf": "pdf", "video": "mp4"}
"""How the address of each kind ends: platforms look at that."""
PLACE = "media"
"""Below which they are on our pages."""


def kind(file: str) -> str:
    """What it is: a key of ENDINGS, or empty for no file."""
    found = file.partition("-")[0]
    return found if found in ENDINGS else ""


def path(file: str) -> str:
    """Where it is, below our own address."""
    return f"{PLACE}/{file}.{ENDINGS[kind(file)]}"


def place(public_url: str) -> str:
    """Where all of them are; empty without an address of ours."""
    return f"{public_url.rstrip('/')}/{PLACE}/" if public_url else ""


def link(house: House, file: str) -> str:
    """Words that say where to look, for where it cannot be shown; empty when we have no page."""
    if not kind(file) or not house.pages_url:
        return ""
    url = f"{house.pages_url}{path(file)}"
    return house.words.say("broadcast_link", kind=kind(file), url=url)
