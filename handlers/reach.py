"""How people come to us: links that open a chat, at an office, at a service, from a source.

`wa.me` types "mulai pu-ktp_ganti-k7" for them, `t.me` sends "/start pu-ktp_ganti-k7", and the
chat page is opened with the same words.  Links carry nothing personal.
https://faq.whatsapp.com/5913398998672934, https://core.telegram.org/bots/features#deep-linking
"""

from dataclasses import dataclass
from urllib.parse import quote

OPENER = "mulai"
"""The word before a link's payload where a chat can only be opened with a text."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where we can be reached.

    whatsapp  our number in digits; empty when there is none
    telegram  the bot's user name; empty when it is not known
    web       where the chat page is, without a slash at the end; empty: on the same server
    """

    whatsapp: str = ""
    telegram: str = ""
    web: str = ""

    @property
    def public(self) -> bool:
        """Whether somebody elsewhere can open our links."""
        return bool(self.whatsapp or self.telegram or self.web)

    def chats(self, payload: str) -> dict[str, str]:
        """The links to each chat that there is: whatsapp, telegram, web."""
        words = quote(f"{OPENER} {payload}")
        found = {"web": f"{self.web}/?to={payload}"}
        if self.telegram:
            found = {"telegram": f"https://t.me/{self.telegram}?start={payload}", **found}
        if self.whatsapp:
            found = {"whatsapp": f"https://wa.me/{self.whatsapp}?text={words}", **found}
        return found

    def best(self, payload: str) -> str:
        """The one link for people of whom we know nothing: the chat that most have."""
        return next(iter(self.chats(payload).values()))

    def shares(self, text: str, payload: str) -> dict[str, str]:
        """Links that open somebody's messenger with a text to pass on, and our link below it."""
        if not self.public:
            return {}
        chats = self.chats(payload)
        first = next(iter(chats.values()))
        url, words = quote(chats.get("telegram", first), safe=""), quote(text)
        return {
            "whatsapp": f"https://wa.me/?text={words}%0A{quote(first, safe='')}",
            "telegram": f"https://t.me/share/url?url={url}&text={words}",
        }


def payload(office: str, service: str = "", source: str = "") -> str:
    """What a link carries: "pu", "pu-ktp_ganti", "pu-ktp_ganti-k7", "pu-k7"."""
    return "-".join(filter(None, (office, service, source)))
