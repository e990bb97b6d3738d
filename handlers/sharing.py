"""A button to tell a neighbour, with a link of its own so that the desk sees what it brings."""

from handlers.message import Button
from handlers.reach import payload
from handlers.wording import Scene

SHARED = "bagi"
"""The source of those to whom a link was passed on."""


def button(scene: Scene, channel: str, service: str) -> tuple[Button, ...]:
    """What stands below a sent request; nothing where others could not open our links.

    On WhatsApp and in text messages, which have no buttons for it, the link itself: it can be
    passed on as it is.
    """
    reach, flow = scene.house.reach, scene.catalog.services[service]
    if not reach.public:
        return ()
    link = payload(scene.office.id, service, SHARED)
    text = scene.say("share_text", office=scene.office.name, title=flow.title)
    shares = reach.shares(text, link)
    plain = {"telegram": shares["telegram"], "web": shares["whatsapp"]}
    return (Button(scene.say("share_button"), url=plain.get(channel, reach.best(link))),)
