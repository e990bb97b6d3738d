"""Reading, redacting and deleting what Twilio keeps: messages and their files.

Lists come newest first, in pages; a page's successor is named by its last message, so that a new
message shifts nothing.
"""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from fakes.twilio_errors import Json, Refused, not_found
from fakes.twilio_model import Media, Message
from fakes.twilio_sending import Form
from fakes.twilio_world import World

_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")


def find(world: World, sid: str, path: str) -> Message:
    message = world.messages.get(sid)
    if message is None:
        raise not_found(path)
    return message


def page_size(form: Form) -> int:
    return min(max(form.number("PageSize", 50), 1), 1000)


def listed(world: World, query: Form, path: str) -> Json:
    """One page of messages, newest first."""
    with world.lock:
        wanted = _wanted(world, query)
        size, number = page_size(query), query.number("Page")
        token = query.text("PageToken")
        if token:
            last = token.removeprefix("PA")
            if last not in world.messages:
                raise Refused(21481)
            wanted = itertools.dropwhile(lambda message: message.sid != last, wanted)
            next(wanted, None)
        elif number:
            raise Refused(21481)
        page = list(itertools.islice(wanted, size + 1))
        shown, more = page[:size], len(page) > size

    def uri(page_number: int, token: str = "") -> str:
        kept = {name: query.text(name) for name in _FILTERS if query.text(name)}
        kept |= {"PageSize": str(size), "Page": str(page_number)}
        return f"{path}?{urlencode(kept | ({'PageToken': token} if token else {}))}"

    return {
        "messages": [message.as_json(world.account) for message in shown],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(shown) - 1, 0),
        "uri": uri(number, token),
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1, f"PA{shown[-1].sid}") if more else None,
        "previous_page_uri": None,
    }


def _wanted(world: World, query: Form) -> Iterator[Message]:
    to, from_ = query.text("To"), query.text("From")
    days = [(name[8:], _day(query.text(name))) for name in _FILTERS[2:] if query.text(name)]
    for message in reversed(world.messages.values()):
        if to not in ("", str(message.to)) or from_ not in ("", str(message.from_)):
            continue
        if all(_fits(message, sign, day) for sign, day in days):
            yield message


def _day(given: str) -> date:
    """Twilio compares days in GMT, whatever the time of day says."""
    try:
        return date.fromisoformat(given[:10])
    except ValueError:
        raise Refused(20001, f"Invalid DateSent: {given}") from None


def _fits(message: Message, sign: str, day: date) -> bool:
    if message.sent_at is None:
        return False
    sent = datetime.fromtimestamp(message.sent_at, UTC).date()
    return {"": sent == day, "<": sent <= day, ">": sent >= day}[sign]


def redact(message: Message, form: Form) -> None:
    """POST to a message: Twilio forgets its words, the phone does not."""
    if form.fields.get("Body") != [""]:
        raise Refused(20001, "Only an empty Body can be set")
    message.redacted = True


def media(message: Message, sid: str, path: str) -> Media:
    for part in message.media:
        if part.sid == sid:
            return part
    raise not_found(path)


def media_json(account: str, message: Message, part: Media) -> Json:
    parent = f"/2010-04-01/Accounts/{account}/Messages/{message.sid}"
    return {
        "sid": part.sid,
        "account_sid": account,
        "parent_sid": message.sid,
        "content_type": part.mime,
        "date_created": message.as_json(account)["date_created"],
        "date_updated": message.as_json(account)["date_created"],
        "uri": f"{parent}/Media/{part.sid}.json",
    }
