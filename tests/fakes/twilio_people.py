"""A person's side of the chat, for tests.

A `FakeUser` does what a person does on the phone and sees what the phone shows.  Deeds never wait
for the program; `waits_for` does.
"""

import time
from collections.abc import Callable, Iterator, Sequence

from fakes.twilio_model import Choice, Message, Person
from fakes.twilio_world import World

Match = str | Callable[[Message], bool]
File = tuple[str, bytes]
REPLY_KNOWN = 7 * 86_400.0  # how long Twilio says what a message answers
_VOICE = b"OggS" + bytes(60)
_STICKER = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(20)


class FakeUser:
    """Somebody with a phone, on WhatsApp or SMS."""

    def __init__(self, world: World, person: Person) -> None:
        self.world = world
        self.person = person
        self._read = 0  # order of the newest message that `waits_for` has returned

    @property
    def phone(self) -> str:
        return self.person.address.phone

    @property
    def address(self) -> str:
        """What a request calls this person."""
        return str(self.person.address)

    # seeing

    @property
    def messages(self) -> list[Message]:
        """What arrived on the phone, oldest first."""
        with self.world.lock:
            return list(self.person.seen)

    @property
    def last(self) -> Message:
        """The newest message."""
        messages = self.messages
        assert messages, f"nothing has reached {self.address}"
        return messages[-1]

    def waits_for(self, match: Match, timeout: float = 10.0) -> Message:
        """The next message that holds the words or fits the test.

        Reads on from the message it returned before, so a question asked twice is awaited twice.
        """
        fits = (lambda m: match in m.text) if isinstance(match, str) else match
        until = time.monotonic() + timeout
        with self.world.changed:
            while True:
                for message in self.person.seen:
                    if message.order > self._read and fits(message):
                        self._read = message.order
                        return message
                left = until - time.monotonic()
                if left <= 0 or not self.world.changed.wait(left):
                    shown = "\n".join(f"  {m.text!r} {m.buttons or ''}" for m in self.messages)
                    raise AssertionError(
                        f"waited {timeout} s for {match!r}; the phone shows:\n"
                        f"{shown or '  (nothing)'}\nand these failed: {self._failures()}"
                    )

    def _failures(self) -> list[str]:
        sent = self.world.messages.values()
        mine = (message for message in sent if message.to == self.person.address)
        return [f"{message.error} {message.body[:40]!r}" for message in mine if message.error]

    def reads(self) -> list[Message]:
        """Opens the chat: the program gets read receipts.  On WhatsApp only."""
        assert self.person.address.channel == "whatsapp", "an SMS has no read receipt"
        return self.world.read(self.person)

    # saying

    def says(self, text: str, reply_to: Message | None = None) -> str:
        """Types a message; returns its sid."""
        return self.sends(text, fields=self._context(reply_to))

    def taps(self, title: str, message: Message | None = None) -> str:
        """Taps a button, or picks a line of a list, by its words or its id.

        Looks at the newest message that has it, unless an older one is given.
        """
        shown, choice = self._find(title, message)
        fields = {"MessageType": "interactive"} | self._context(shown)
        if shown.is_list:
            fields |= {"ListId": choice.id, "ListTitle": choice.title}
            if choice.description:
                fields["ListDescription"] = choice.description
        else:
            fields |= {"ButtonPayload": choice.id, "ButtonText": choice.title}
            template = self.world.templates.get(shown.content_sid)
            if template is not None and template.approval.status == "approved":
                fields["MessageType"] = "button"
        return self.sends(choice.title, fields=fields)

    def _find(self, title: str, message: Message | None) -> tuple[Message, Choice]:
        looked = self.messages[::-1] if message is None else [message]
        tests: list[Callable[[Choice], bool]] = [
            lambda c: title in (c.id, c.title),
            lambda c: title.lower() in c.title.lower(),
        ]
        for fits in tests:
            for shown in looked:
                for choice in shown.choices:
                    if fits(choice):
                        return shown, choice
        seen = [m.buttons for m in looked if m.buttons][:5]
        raise AssertionError(f"no choice {title!r}; the newest say {seen}")

    def _context(self, answered: Message | None) -> dict[str, str]:
        if answered is None or self.world.clock() - answered.created > REPLY_KNOWN:
            return {}
        return {
            "OriginalRepliedMessageSender": str(answered.from_),
            "OriginalRepliedMessageSid": answered.sid,
        }

    def sends(
        self, body: str, files: Sequence[File] = (), fields: dict[str, str] | None = None
    ) -> str:
        """Sends anything: words, (type, bytes) files, more fields of the webhook."""
        assert not self.person.refuses, f"{self.phone} has blocked us or has no WhatsApp"
        return self.world.receive(self.person, body, list(files), fields or {}).sid

    # sending files and the rest

    def sends_photos(
        self, contents: Sequence[bytes], caption: str = "", together: bool | None = None
    ) -> list[str]:
        """Sends pictures; WhatsApp makes a message of each, an MMS holds them together."""
        files = [("image/jpeg", content) for content in contents]
        if together is None:
            together = self.person.address.channel == "sms"
        if together:
            return [self.sends(caption, files, _kind("image"))]
        words: Iterator[str] = iter([caption])
        return [self.sends(next(words, ""), [file], _kind("image")) for file in files]

    def sends_photo(self, content: bytes, caption: str = "") -> str:
        return self.sends_photos([content], caption)[0]

    def sends_document(
        self,
        content: bytes,
        name: str = "surat.pdf",
        mime: str = "application/pdf",
        caption: str = "",
    ) -> str:
        """Sends a file untouched; without a caption its name stands in Body."""
        return self.sends(caption or name, [(mime, content)], _kind("document"))

    def sends_voice(self, content: bytes = _VOICE) -> str:
        return self.sends("", [("audio/ogg", content)], _kind("audio"))

    def sends_video(self, content: bytes = bytes(64), caption: str = "") -> str:
        return self.sends(caption, [("video/mp4", content)], _kind("video"))

    def sends_sticker(self, content: bytes = _STICKER) -> str:
        return self.sends("", [("image/webp", content)], _kind("sticker"))

    def sends_location(
        self,
        latitude: float = -7.4049,
        longitude: float = 109.2459,
        label: str = "",
        address: str = "",
    ) -> str:
        place = {"Latitude": str(latitude), "Longitude": str(longitude)}
        if label:
            place["Label"] = label
        if address:
            place["Address"] = address
        return self.sends("", fields=place | _kind("location"))

    def sends_contact(self, phone: str = "+6281234567890", name: str = "Siti") -> str:
        """Sends somebody's card, as a file."""
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"TEL;TYPE=CELL:{phone}", "END:VCARD"]
        return self.sends("", [("text/vcard", "\r\n".join(lines).encode())], _kind("contacts"))

    # the door

    def blocks(self) -> None:
        """Blocks our number."""
        self.person.refuses = 63014 if self.person.address.channel == "whatsapp" else 30004

    def unblocks(self) -> None:
        self.person.refuses = 0

    def no_whatsapp(self, code: int = 63024) -> None:
        """Has no WhatsApp with this number, or none any more (63003 or 63024)."""
        assert code in (63003, 63024), "Twilio says 63003 or 63024"
        assert self.person.address.channel == "whatsapp"
        self.person.refuses = code

    def no_marketing(self) -> None:
        """Has had enough advertising: Meta holds back MARKETING templates (63049)."""
        self.person.no_marketing = True

    def stops(self) -> str:
        """Sends STOP by SMS: Twilio refuses further messages (21610)."""
        assert self.person.address.channel == "sms", "Twilio heeds STOP on SMS only"
        sid = self.sends("STOP")
        self.person.stopped = True
        return sid

    def resumes(self) -> str:
        """Sends START by SMS."""
        self.person.stopped = False
        return self.sends("START")


def _kind(name: str) -> dict[str, str]:
    return {"MessageType": name}
