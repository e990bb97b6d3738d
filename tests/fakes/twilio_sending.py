"""POST Messages: what Twilio refuses at once, and what it accepts.

The order of checks: the numbers, then the words, then the template, then the block list.
Whether an accepted message arrives is decided in `twilio_rules`.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fakes.twilio_errors import Refused, no_such_number
from fakes.twilio_faults import Fault
from fakes.twilio_model import Address, Message, Shown
from fakes.twilio_world import World

MOST_BODY = 1600
MOST_MEDIA = 10
_PLACE = re.compile(r"geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(\|.*)?")
_CONTENT = re.compile(r"HX[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class Form:
    """The fields of a request; some may come several times."""

    fields: dict[str, list[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.fields.get(name, [""])[-1]

    def number(self, name: str, default: int = 0) -> int:
        given = self.text(name)
        return int(given) if given.isdigit() else default

    def all(self, name: str) -> list[str]:
        return [value for value in self.fields.get(name, []) if value]


def create(world: World, form: Form, fault: Fault | None) -> Message:
    """Accept a message, or raise why not; a fault with a code alone dooms it."""
    with world.lock:
        to, from_ = _addresses(world, form)
        urls = _media_urls(form)
        template_sid, shown = _template(world, form, to)
        body = "" if shown else form.text("Body")
        _check_words(body, urls, shown)
        place = _place(form, to)
        callback = _callback(form)
        if world.person(to).stopped:
            raise Refused(21610)
        message = world.new_message(from_, to, body, "outbound-api", bool(urls))
        message.urls = shown.media if shown and shown.media else urls
        message.content_sid, message.shown = template_sid, shown
        message.callback, message.place = callback, place
        if form.text("MessagingServiceSid"):
            message.service, message.status = world.service, "accepted"
        if fault is not None and fault.status == 0:
            message.doom = fault.code
    world.post(message)
    return message


def _addresses(world: World, form: Form) -> tuple[Address, Address]:
    given, service = form.text("From"), form.text("MessagingServiceSid")
    if not form.text("To"):
        raise Refused(21604)
    to = Address.read(form.text("To"))
    if service and service != world.service:
        raise Refused(21701)
    if not given:
        if not service:
            raise Refused(21603)
        ours = [number for number in world.numbers if number.channel == to.channel]
        if not ours:
            raise Refused(21703)
        return to, ours[0]
    try:
        from_ = Address.read(given, "From")
    except Refused:
        if given.startswith("whatsapp:"):
            raise Refused(63007) from None
        raise
    if from_.channel != to.channel:
        raise Refused(21910)
    if from_ not in world.numbers:
        raise Refused(63007) if from_.channel == "whatsapp" else _not_ours(from_)
    if from_ == to:
        raise no_such_number("To", str(to))
    return to, from_


def _not_ours(from_: Address) -> Refused:
    words = f"'From' {from_} is not a Twilio phone number or Short Code country mismatch"
    return Refused(21659, words)


def _media_urls(form: Form) -> tuple[str, ...]:
    urls = tuple(form.all("MediaUrl"))
    if len(urls) > MOST_MEDIA:
        raise Refused(21623)
    if any(urlsplit(url).scheme not in ("http", "https") for url in urls):
        raise Refused(21620)
    return urls


def _template(world: World, form: Form, to: Address) -> tuple[str, Shown | None]:
    sid, variables = form.text("ContentSid"), form.text("ContentVariables")
    if not sid:
        if variables:
            raise Refused(21654)
        return "", None
    template = world.templates.get(sid)
    if template is None or not _CONTENT.fullmatch(sid):
        raise Refused(21655)
    kind = template.rich if to.channel == "whatsapp" else "twilio/text"
    if kind not in template.types:
        raise Refused(216602)
    return sid, template.fill(kind, variables)


def _check_words(body: str, urls: tuple[str, ...], shown: Shown | None) -> None:
    if len(body) > MOST_BODY:
        raise Refused(21617)
    if not (body.strip() or urls or shown):
        raise Refused(21619)


def _place(form: Form, to: Address) -> tuple[float, float] | None:
    given = form.all("PersistentAction")
    if not given:
        return None
    found = _PLACE.fullmatch(given[0])
    if found is None or to.channel != "whatsapp":
        raise Refused(63030)
    return float(found[1]), float(found[2])


def _callback(form: Form) -> str:
    url = form.text("StatusCallback")
    if not url:
        return ""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "_" in host or len(url) > 4000:
        raise Refused(21609)
    return url
