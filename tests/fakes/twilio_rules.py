"""Whether a message that Twilio accepted reaches the person.

WhatsApp's and the carriers' word, given after the request was answered.  Changes nothing.
"""

from collections.abc import Sequence

from fakes.twilio_model import Media, Message
from fakes.twilio_template import unsendable
from fakes.twilio_world import World

MOST_MEDIA = {"whatsapp": 16 * 1024 * 1024, "sms": 5 * 1024 * 1024}
MOST_IMAGE = 5 * 1024 * 1024
ON_WHATSAPP = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "audio/ogg",
        "audio/amr",
        "audio/3gpp",
        "audio/aac",
        "audio/mpeg",
        "video/mp4",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "text/vcard",
        "text/x-vcard",
    }
)
_PERSONS_OWN = frozenset({30004, 63003, 63014, 63024})


def verdict(world: World, message: Message) -> int:
    """The error a message fails with, or 0 when it arrives."""
    if message.doom:
        return message.doom
    person = world.person(message.to)
    if message.to.channel == "sms":
        return person.refuses
    if person.refuses in (63003, 63024):
        return person.refuses
    template = world.templates.get(message.content_sid)
    approval = template.approval.status if template else ""
    if not world.window_open(person) and approval != "approved":
        return {"paused": 63041, "disabled": 63042}.get(approval, 63016)
    if message.shown and (error := unsendable(message.shown, approval == "approved")):
        return error
    if person.no_marketing and template and template.approval.category == "MARKETING":
        return 63049
    return person.refuses


def media_fault(channel: str, media: Sequence[Media]) -> int:
    """The error a message fails with for its files, or 0."""
    if sum(len(part.content) for part in media) > MOST_MEDIA[channel]:
        return 11751
    for part in media:
        if part.mime.startswith("image/") and len(part.content) > MOST_IMAGE:
            return 11751
        if channel == "whatsapp" and part.mime not in ON_WHATSAPP:
            return 63021
    return 0


def final_status(error: int) -> str:
    """`undelivered` when the person could not or would not be reached, else `failed`."""
    return "undelivered" if error in _PERSONS_OWN else "failed"
