"""WhatsApp and text messages through Twilio: messages to the API, files from it.

WhatsApp takes anything within 24 hours of the person's last message; after that only what it
approved before (https://www.twilio.com/docs/whatsapp/key-concepts).  Text messages are plain,
with numbered choices.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.channels.base import Enclosed, Enclosure, FetchFailed, Pace, Parcel, SendFailed
from bot.channels.split import split
from bot.channels.twilio_api import WRONG_SID, Held, Twilio
from bot.channels.whatsapp_form import BODY, LANGUAGE, TEXT, TEXT_KIND, Piece, content, render
from bot.channels.whatsapp_read import NAME, PREFIX
from bot.channels.whatsapp_templates import FILE, Template, told
from handlers.delivery import CLOSED, SMS
from handlers.lengths import BETWEEN

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=23, minutes=55)
"""The platform's 24 hours, less what a message may be under way."""
NO_TEMPLATE = "no_template"
"""Our own reason beside Twilio's codes: WhatsApp has not approved what we would say."""
CONTENT_TROUBLE = ("20001", "21654", "21655", "21656", "21658", "216602")
"""Codes that say something about the buttons: without them the message can still go."""


class WhatsApp:
    """The WhatsApp channel."""

    name = NAME

    def __init__(
        self,
        api: Twilio,
        sender: str,
        service: str,
        report_url: str,
        templates: Mapping[tuple[str, str], Template],
        overall: Pace,
        person: Pace,
        button: str,
        hint: str,
        lend: Callable[[Enclosed], str],
    ) -> None:
        """report_url: where Twilio reports; button: the words on what opens a list; hint: how
        to answer numbered choices; lend: where Twilio can fetch a file."""
        self.api = api
        self.sender = sender
        self.overall = overall
        self._from = _origin(sender, service)
        self._report_url = report_url
        self._templates = templates
        self._person = person
        self._button = button
        self._hint = hint
        self._lend = lend
        self._held: dict[str, Held] | None = None
        self._making = asyncio.Lock()
        self._ahead: set[int] = set()

    def pace(self, address: str) -> Pace:
        """What WhatsApp allows towards one person."""
        return self._person

    def places(self, parcel: Parcel) -> int:
        """Within the 24 hours a file goes before the words, unless they fit below it."""
        return 1 if self._cold(parcel) or self._below(parcel) else 2

    def _cold(self, parcel: Parcel) -> bool:
        """Whether only what WhatsApp approved before may be said."""
        return parcel.message.cold or parcel.silence is None or parcel.silence >= WINDOW

    def _below(self, parcel: Parcel) -> bool:
        """Whether the words can stand below the file: not with buttons, nor below a document.

        https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
        """
        it, message = parcel.enclosure, parcel.message
        short = len(message.text) <= BODY and not message.choices
        return it is not None and it.kind != "pdf" and short

    async def close(self) -> None:
        """Let go of connections."""
        await self.api.close()

    async def refresh(self) -> None:
        """Read which Content resources there are and what WhatsApp approved.

        Raises twilio_api.Unreachable.
        """
        self._held = {each.name: each for each in await self.api.contents()}

    async def send(self, parcel: Parcel) -> str:
        """Deliver to one chat; returns the id of the (last) message.  Raises SendFailed."""
        message = parcel.message
        if message.acknowledge or message.edits:
            return ""  # taps need no confirmation here, and what was said stays
        if self._cold(parcel):
            return await self._send_template(parcel)
        if message.location:
            place = f"geo:{message.location}|{message.text}"
            return await self._post(parcel, body=message.text, persistent_action=[place])
        if parcel.enclosure is not None and parcel.enclosure.url:
            return await self._enclose(parcel, parcel.enclosure)
        if parcel.file is None:
            return await self._send_text(parcel)
        return await self._send_file(parcel, parcel.file)

    async def _enclose(self, parcel: Parcel, it: Enclosure) -> str:
        """The file of a broadcast, with the words below it or after it."""
        if self._below(parcel):
            return await self._post(parcel, body=parcel.message.text, media_url=[it.url])
        if parcel.id not in self._ahead:  # not again when the words have to be tried again
            await self._post(parcel, report=False, media_url=[it.url])
            self._ahead.add(parcel.id)
        sid = await self._send_text(parcel)
        self._ahead.discard(parcel.id)
        return sid

    async def _send_file(self, parcel: Parcel, file: Enclosed) -> str:
        """A picture carries its words; documents and sounds have none, so these go before."""
        message, media = parcel.message, [self._lend(file)]
        if file.kind == "photo" and not message.choices and len(message.text) <= BODY:
            return await self._post(parcel, body=message.text, media_url=media)
        await self._send_text(parcel)
        return await self._post(parcel, media_url=media)

    async def _send_text(self, parcel: Parcel) -> str:
        """The words with their choices."""
        message, sid = parcel.message, ""
        for piece in render(message, self._hint):
            try:
                sid = await self._send_piece(parcel, piece)
            except SendFailed as failed:
                if piece.kind == TEXT_KIND or str(failed) not in CONTENT_TROUBLE:
                    raise
                log.error("message %s goes without its buttons: %s", parcel.id, failed)
                for part in split(message.plain(), TEXT):
                    sid = await self._post(parcel, body=part)
        return sid

    async def _send_piece(self, parcel: Parcel, piece: Piece) -> str:
        if piece.kind == TEXT_KIND:
            return await self._post(parcel, body=piece.text)
        resource, variables = content(piece, self._button)
        name = resource["friendly_name"]
        held = await self._resource(name, resource)
        try:
            return await self._post_content(parcel, held, variables)
        except SendFailed as failed:
            if str(failed) != str(WRONG_SID):
                raise
            self._forget(name)  # somebody deleted it in the console
            return await self._post_content(parcel, await self._resource(name, resource), variables)

    async def _send_template(self, parcel: Parcel) -> str:
        message = parcel.message
        if (message.template, LANGUAGE) not in self._templates:
            raise SendFailed(CLOSED, permanent=True)
        if self._held is None:
            await self._refresh_to_send()
        if parcel.enclosure is not None:
            card, file = f"{message.template}_{parcel.enclosure.kind}", parcel.enclosure.url
            values = {**message.values, FILE: file.rpartition("/")[2]}
            if held := self._approved(card):
                variables = self._templates[card, LANGUAGE].fill(values)
                return await self._post_content(parcel, held, variables)
        held = self._approved(message.template)
        if not held:
            raise SendFailed(NO_TEMPLATE, permanent=True)
        variables = self._templates[message.template, LANGUAGE].fill(told(message))
        return await self._post_content(parcel, held, variables)

    def _approved(self, name: str) -> str:
        """The sid of the template of that name; empty while WhatsApp has not approved it."""
        template = self._templates.get((name, LANGUAGE))
        if template is None or self._held is None:
            return ""
        held = self._held.get(template.resource()["friendly_name"])
        return held.sid if held is not None and held.status == "approved" else ""

    async def _resource(self, name: str, resource: Mapping[str, Any]) -> str:
        """The sid of a Content resource, made if need be, once."""
        async with self._making:
            if self._held is None:
                await self._refresh_to_send()
            assert self._held is not None
            if name not in self._held:
                sid = await self.api.create(resource)
                self._held[name] = Held(sid, name, LANGUAGE)
            return self._held[name].sid

    def _forget(self, name: str) -> None:
        if self._held is not None:
            self._held.pop(name, None)

    async def _refresh_to_send(self) -> None:
        try:
            await self.refresh()
        except Exception as error:
            raise SendFailed(f"content: {error}") from error

    async def _post_content(self, parcel: Parcel, sid: str, variables: Mapping[str, str]) -> str:
        given = json.dumps(dict(variables), ensure_ascii=False)
        return await self._post(parcel, content_sid=sid, content_variables=given)

    async def _post(self, parcel: Parcel, *, report: bool = True, **fields: Any) -> str:
        """report: whether the fate of this message is the fate of the whole."""
        if report:
            fields["status_callback"] = f"{self._report_url}?row={parcel.id}"
        return await self.api.send(to=f"{PREFIX}{parcel.address}", **self._from, **fields)

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        """The bytes of a file that was announced.  Raises FetchFailed."""
        return await fetch(self.api, remote)

    async def fetched(self, remote: Mapping[str, Any]) -> None:
        """The file is kept here, or refused: Twilio need not keep it."""
        await self.api.forget(str(remote.get("url", "")))


class Sms:
    """Text messages, for people without a smartphone."""

    name = SMS

    def __init__(self, api: Twilio, sender: str, report_url: str, overall: Pace) -> None:
        self.api = api
        self.sender = sender
        self.overall = overall
        self._report_url = report_url

    def pace(self, address: str) -> Pace:
        """One a second to one phone, with a small burst."""
        return Pace(1, burst=3)

    def places(self, parcel: Parcel) -> int:
        """A text message says where the file is."""
        return 1

    async def close(self) -> None:
        """Let go of connections."""
        await self.api.close()

    async def send(self, parcel: Parcel) -> str:
        """Deliver to one phone; returns the id of the (last) message.  Raises SendFailed."""
        if parcel.message.acknowledge or parcel.message.edits:
            return ""
        sid = ""
        text = "\n".join(filter(None, (parcel.message.plain(BETWEEN), parcel.message.link)))
        for part in split(text, TEXT):
            sid = await self.api.send(
                to=parcel.address,
                from_=self.sender,
                body=part,
                status_callback=f"{self._report_url}?row={parcel.id}",
            )
        return sid

    async def fetch(self, remote: Mapping[str, Any]) -> bytes:
        """The bytes of a file that was announced.  Raises FetchFailed."""
        return await fetch(self.api, remote)

    async def fetched(self, remote: Mapping[str, Any]) -> None:
        """The file is kept here, or refused: Twilio need not keep it."""
        await self.api.forget(str(remote.get("url", "")))


def _origin(sender: str, service: str) -> dict[str, str]:
    """Whom a message is from, as the API wants it."""
    given = {"from_": sender} if sender else {}
    return {**given, "messaging_service_sid": service} if service else given


async def fetch(api: Twilio, remote: Mapping[str, Any]) -> bytes:
    """The bytes of a file of either channel.  Raises FetchFailed."""
    url = str(remote.get("url", ""))
    if not url:
        raise FetchFailed("a file without an address", permanent=True)
    return await api.fetch(url)
