"""How long the words of a broadcast may be: what each channel takes, less all that is added.

One number a channel, whatever else is chosen: the longer of the fixed words is counted, and the
room for the address of a file.  Counted as browsers and Telegram count, in UTF-16 units.
"""

import math
import re
from collections.abc import Mapping, Sequence

from handlers import enclosures
from handlers.offices import House, Office
from handlers.segments import CHANNELS
from storage.segments import RINGS

PURPOSES = ("news", "service")
NAME = 40
"""Most characters of a name."""
VARIABLES = ("name", "office")
MOST: Mapping[str, int] = {"telegram": 4096, "whatsapp": 1024, "sms": 1530}
"""Characters of one message: Telegram's text; a WhatsApp template (Twilio 63021); ten parts of a
text message."""
ALONE, JOINED = {True: 160, False: 70}, {True: 153, False: 67}
"""Characters of a text message that stands alone, and of each part of a longer one, in the
phones' own alphabet or in any (https://www.twilio.com/docs/glossary/what-sms-character-limit)."""
BETWEEN = " / "
"""Separates choices in a text message: the usual dot is not in the phones' own alphabet, and one
such sign makes each part hold 70 characters instead of 160."""
DOUBLE = "[]\\^{|}~"
"""Count twice in that alphabet."""
LABELS = 72
"""Three labels of twenty characters, as a text message shows them."""
SOME_FILE = "video-" + "x" * 22


def units(text: str) -> int:
    """How long a text is."""
    return len(text) + sum(character > "\uffff" for character in text)


def filled(house: House, office: Office, body: str, name: str) -> str:
    """The text for one person; a name may hold braces, so it goes in last and once."""
    values = {"name": house.words.say("broadcast_name", name=name[:NAME]), "office": office.name}
    return re.sub(r"\{(name|office)\}", lambda place: values[place[1]], body)


def longest(house: House, office: Office, body: str) -> int:
    """The length of a text with its variables at their longest."""
    return units(filled(house, office, body, "n" * NAME))


def variables(house: House, office: Office) -> dict[str, int]:
    """How long each variable gets."""
    return {name: longest(house, office, f"{{{name}}}") for name in VARIABLES}


def rooms(house: House, office: Office) -> dict[str, int]:
    """What is left for the text on each channel."""
    return {channel: MOST[channel] - _added(house, office, channel) for channel in CHANNELS}


def too_long(house: House, office: Office, body: str, segment: Mapping[str, Sequence[str]]) -> str:
    """The channel on which the text would be too long, of those it goes to; or empty."""
    length, room = longest(house, office, body), rooms(house, office)
    return next((each for each in segment.get("channels", RINGS) if length > room[each]), "")


def footer(house: House) -> int:
    """Characters that follow the text wherever there is room for them."""
    return max(units(house.words.say(f"broadcast_{each}", text="x")) - 1 for each in PURPOSES)


def _added(house: House, office: Office, channel: str) -> int:
    words = footer(house)
    if channel == "telegram":
        return words  # the file goes with the message
    link = 1 + units(enclosures.link(house, SOME_FILE))
    if channel == "sms":
        return words + link + LABELS
    fixed = (house.manners.fixed.get(f"broadcast_{purpose}", 0) for purpose in PURPOSES)
    return max(fixed) + units(office.name) + link


def parts(text: str) -> int:
    """Of how many text messages a long one is made: each is paid for."""
    plain = text.isascii() and "`" not in text
    size = units(text) + sum(text.count(each) for each in DOUBLE) * plain
    return 1 if size <= ALONE[plain] else math.ceil(size / JOINED[plain])
