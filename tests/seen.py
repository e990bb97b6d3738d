"""What a person sees of a message on WhatsApp, and what WhatsApp tells us when they tap.

Made by the strict fake's own rules: whatever it would refuse fails here.
"""

import json

from bot.channels.split import split
from bot.channels.whatsapp_form import TEXT, TEXT_KIND, Piece, content, render
from bot.channels.whatsapp_read import read
from fakes.twilio_model import Choice, Shown
from fakes.twilio_template import MOST_TEXT, MOST_VARIABLES, Template, mistakes, unsendable
from flows.model import Event
from handlers.message import Message

OPENER = "Lihat pilihan"
"""The words on what opens a list."""
HINT = "Balas dengan nomornya, misalnya 2. Boleh juga tulis namanya."
"""What stands below choices that are no buttons."""
LIST = "twilio/list-picker"


def on_whatsapp(message: Message) -> list[Shown]:
    """The bubbles of a message, one below the other."""
    return [_shown(piece) for piece in render(message, HINT)]


def as_text(message: Message) -> str:
    """A message without buttons there: its choices numbered, and how to answer them."""
    numbered = any(choice.numbered for choice in message.choices)
    return f"{message.plain()}\n\n{HINT}" if numbered else message.plain()


def _shown(piece: Piece) -> Shown:
    if piece.kind == TEXT_KIND:
        assert 0 < len(piece.text) <= MOST_TEXT
        assert not piece.titles
        return Shown(piece.kind, piece.text)
    resource, variables = content(piece, OPENER)
    assert mistakes(resource["types"]) == []
    assert len(resource["variables"]) <= MOST_VARIABLES
    template = Template("HX1", resource["friendly_name"], resource["language"],
                        resource["variables"], resource["types"], created=0)  # fmt: skip
    shown = template.fill(piece.kind, json.dumps(variables))
    assert unsendable(shown, approved=False) == 0
    return shown


def as_sms(message: Message) -> list[str]:
    """The text messages of a message, with numbered choices."""
    return split(message.plain(), TEXT)


def tapped(shown: Shown, choice: Choice) -> Event:
    """What we read of a tap on that button, or on that line of a list."""
    fields = (
        {"ListId": choice.id, "ListTitle": choice.title}
        if shown.kind == LIST
        else {"ButtonPayload": choice.id, "ButtonText": choice.title}
    )
    form = {"MessageSid": "SM1", "From": "whatsapp:+6281234567890", "Body": choice.title}
    (inbound,) = read(form | fields)
    return inbound.event


def lines(shown: Shown) -> list[str]:
    """One bubble as text: [buttons] beside each other, a list as its opener and its lines."""
    text = shown.body.split("\n")
    if shown.kind == LIST:
        below = [f"{each.title} ({each.description})" if each.description else each.title
                 for each in shown.choices]  # fmt: skip
        return [*text, f"[{shown.button}]", *(f"  {each}" for each in below)]
    buttons = " ".join(f"[{each.title}]" for each in shown.choices)
    return [*text, buttons] if buttons else text
