"""Text as Telegram reads it: UTF-16 lengths, HTML, links and commands.

Refuses what the platform's parser refuses, in its words.  Knows no chats.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from fakes.telegram_errors import Json, Refused, bad_request

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ENTITY = re.compile(r"&(?:#x([0-9a-fA-F]+)|#(\d+)|([A-Za-z]+));?")
_NAME = re.compile(r"[^\s>]*")
_VALUE = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9.-]+)"""
_REST = re.compile(rf"(?:\s+[^\s=>]+(?:\s*=\s*{_VALUE})?)*\s*>")
_ATTRIBUTE = re.compile(rf"([^\s=>]+)(?:\s*=\s*({_VALUE}))?")
_CLOSE = re.compile(r"</([^\s>]*)\s*>")
_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?")


def units(text: str) -> int:
    """Length in UTF-16 code units, the way Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def read_text(text: str, mode: str, given: list[Json] | None) -> tuple[str, list[Json]]:
    """Plain text and entities of what a bot sends, trimmed as Telegram trims it."""
    match mode.lower():
        case "":
            entities = _checked(text, given or [])
        case "html":
            text, entities = parse_html(text)
        case "markdown" | "markdownv2":
            raise Refused(501, "Not Implemented: this fake reads HTML only")
        case _:
            raise bad_request("unsupported parse_mode")
    return _trimmed(text, entities)


@dataclass(frozen=True)
class _Open:
    tag: str
    argument: str
    offset: int


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Text and entities of an HTML message; raises what the platform would answer."""
    plain: list[str] = []
    entities: list[Json] = []
    opened: list[_Open] = []
    length = at = 0
    while at < len(source):
        if source[at] != "<":
            stop = source.find("<", at)
            stop = len(source) if stop < 0 else stop
            chunk = _ENTITY.sub(_unescape, source[at:stop])
            plain.append(chunk)
            length += units(chunk)
            at = stop
        elif source.startswith("</", at):
            at = _close(source, at, length, opened, entities, "".join(plain))
        else:
            tag, argument, at = _open(source, at)
            opened.append(_Open(tag, argument, length))
    if opened:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1].tag}"')
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(plain), entities


def _open(source: str, at: int) -> tuple[str, str, int]:
    where = len(source[:at].encode())
    named = _NAME.match(source, at + 1)
    assert named
    tag = named.group().lower()
    if named.end() == len(source):
        raise _unparsable(f"Unclosed start tag at byte offset {where}")
    if tag not in TAGS:
        raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {where}')
    rest = _REST.match(source, named.end())
    if not rest:
        raise _unparsable(f'Unclosed start tag "{tag}" at byte offset {where}')
    argument = ""
    for name, value in _ATTRIBUTE.findall(rest.group()[:-1]):
        value = _ENTITY.sub(_unescape, value.strip("\"'"))
        match tag, name.lower():
            case ("a", "href") | ("span", "class"):
                argument = value
            case "code", "class":
                argument = value.removeprefix("language-")
    if tag == "span" and argument != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    return tag, argument, rest.end()


def _close(
    source: str, at: int, length: int, opened: list[_Open], entities: list[Json], plain: str
) -> int:
    where = len(source[:at].encode())
    if not opened:
        raise _unparsable(f"Unexpected end tag at byte offset {where}")
    closed = _CLOSE.match(source, at)
    if not closed:
        raise _unparsable(f"Unclosed end tag at byte offset {where}")
    found, begun = closed.group(1).lower(), opened.pop()
    if found and found != begun.tag:
        raise _unparsable(
            f"Unmatched end tag at byte offset {where}, "
            f'expected "</{begun.tag}>", found "</{found}>"'
        )
    entity: Json = {
        "type": TAGS[begun.tag],
        "offset": begun.offset,
        "length": length - begun.offset,
    }
    if begun.tag == "a":
        inside = plain.encode("utf-16-le")[2 * begun.offset :].decode("utf-16-le")
        entity["url"] = begun.argument or inside
        if link_fault(entity["url"]):  # the platform keeps the words and drops the link
            return closed.end()
    if entity["length"]:
        entities.append(entity)
    return closed.end()


def _unescape(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if name:
        return _NAMED.get(name, found.group())
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else found.group()


def _unparsable(reason: str) -> Refused:
    return bad_request(f"can't parse entities: {reason}")


def _checked(text: str, entities: list[Json]) -> list[Json]:
    end = units(text)
    for entity in entities:
        offset, length = int(entity["offset"]), int(entity["length"])
        if offset > end:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
        if offset + length > end:
            raise bad_request(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {offset + length}"
            )
    return entities


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    tail = text.rstrip()
    trimmed = tail.lstrip()
    cut, end = units(tail) - units(trimmed), units(trimmed)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        stop = min(entity["offset"] + entity["length"] - cut, end)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    return trimmed, kept


def link_fault(link: str) -> str:
    """Why Telegram would not accept this address, or nothing."""
    if re.match(r"(tg|ton|tonsite):", link, re.IGNORECASE):
        return ""
    if "://" not in link:
        link = f"http://{link}"
    parts = urlsplit(link)
    if parts.scheme.lower() not in ("http", "https"):
        return "Unsupported URL protocol"
    host = parts.hostname or ""
    if not host:
        return "URL host is empty"
    if is_private_host(host) or not re.fullmatch(r"[^\s/?#@\"<>]+\.[^\s/?#@\"<>.]{2,}", host):
        return "" if _is_public_address(host) else "Wrong HTTP URL"
    return ""


def is_private_host(host: str) -> bool:
    """A name or address that nobody outside this machine or house can reach."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _is_public_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def command_entities(text: str) -> list[Json]:
    """The commands a person's message carries, as Telegram marks them."""
    return [
        {"type": "bot_command", "offset": units(text[: m.start()]), "length": units(m.group())}
        for m in _COMMAND.finditer(text)
    ]
