"""A text too long for one message, in parts that end where a reader would pause."""


def split(text: str, most: int) -> list[str]:
    """Parts of at most `most` UTF-16 units, cut at the end of a line, sentence or word.

    None of them is empty, unless there is nothing to say at all.
    """
    parts: list[str] = []
    while _units(text) > most:
        head = _head(text, most)
        cut = max(head.rfind("\n"), head.rfind(". ") + 1)
        if cut < len(head) // 2:
            cut = max(cut, head.rfind(" "))
        if cut <= 0:
            cut = len(head)
        if part := text[:cut].rstrip():
            parts.append(part)
        text = text[cut:].lstrip()
    return [*parts, text] if text or not parts else parts


def fits(text: str, most: int) -> bool:
    """Whether a text has at most so many UTF-16 units."""
    return _units(text) <= most


def _units(text: str) -> int:
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def _head(text: str, most: int) -> str:
    """As many characters as fit."""
    units = 0
    for position, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > most:
            return text[:position]
    return text
