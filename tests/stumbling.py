"""A house with a bug: some of its words cannot be said, and the error quotes somebody."""

from dataclasses import replace

from handlers.offices import House
from handlers.words import Words

NIK = "3302271708900003"


class Stumbling(Words):
    """The words of a house, except those that begin like `over`."""

    def __init__(self, words: Words, over: str, error: Exception) -> None:
        self._words, self._over, self._error = words, over, error

    def __contains__(self, name: str) -> bool:
        return name in self._words

    def say(self, name: str, /, **values: object) -> str:
        if name.startswith(self._over):
            raise self._error
        return self._words.say(name, **values)


def stumbling(house: House, over: str, error: Exception | None = None) -> House:
    """The same house, where saying some things is a bug."""
    bug = error or KeyError(f"NIK {NIK}")
    return replace(house, words=Stumbling(house.words, over, bug))
