"""Twilio's webhooks: messages that came, and reports on ours.  Only what it signed is read.

The signature covers the public address, as people configured it at Twilio, with all fields:
what a proxy makes of host, scheme or port does not matter
(https://www.twilio.com/docs/usage/security#validating-requests).  The answer is empty TwiML: a
plain text would be sent to the citizen.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from twilio.request_validator import RequestValidator

from bot.channels.whatsapp_read import read_report
from bot.intake import Intake

if TYPE_CHECKING:
    from bot.whatsapp import TwilioParts

MESSAGES = "/webhooks/whatsapp"
TEXTS = "/webhooks/sms"
REPORTS = "/webhooks/whatsapp/status"
LARGEST = 256 * 1024
"""Bytes; Twilio's forms are far smaller."""
MOST_FIELDS = 500
SID = re.compile("(SM|MM)[0-9a-fA-F]{32}")
"""A message's id.  Names and values are signed run together: of a form seen once, somebody
could make one with another id, were it not for this."""
LAST = 2**31 - 1
"""The largest id that every database holds."""


class Fields(dict[str, Sequence[str]]):
    """A form whose fields may come several times, as the validator reads it."""

    def getlist(self, name: str) -> Sequence[str]:
        return self[name]


def mount(app: FastAPI, parts: "TwilioParts", intake: Intake) -> None:
    """Add the routes."""

    @app.post(MESSAGES, include_in_schema=False)
    @app.post(TEXTS, include_in_schema=False)
    async def message(request: Request) -> Response:
        form = await _signed(request, parts)
        if isinstance(form, Response):
            return form
        if not SID.fullmatch(form.get("MessageSid", "")):
            return Response(status_code=400)
        await intake.take_form(form)
        return Response("<Response/>", media_type="text/xml")

    @app.post(REPORTS, include_in_schema=False)
    async def report(request: Request) -> Response:
        form = await _signed(request, parts)
        if isinstance(form, Response):
            return form
        row = request.query_params.get("row", "")
        if re.fullmatch("[0-9]{1,10}", row) and int(row) <= LAST:
            await intake.take_receipt(read_report(form, int(row)))
        return Response(status_code=204)


async def _signed(request: Request, parts: "TwilioParts") -> Mapping[str, str] | Response:
    """The fields of a form that Twilio signed for this account, or the answer to any other."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return Response(status_code=413, headers={"connection": "close"})
    try:
        fields = Fields(
            parse_qs(
                body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
            )
        )
    except ValueError:
        return Response(status_code=400)
    url = parts.public_url + request.scope["path"]  # request.url believes the Host header
    if query := request.scope["query_string"].decode("latin-1"):
        url += f"?{query}"
    signature = request.headers.get("x-twilio-signature", "")
    if not _is_valid(parts.validator, url, fields, signature):
        return Response(status_code=403)
    form = {name: values[-1].replace("\0", "") for name, values in fields.items()}
    return form if form.get("AccountSid") == parts.account_sid else Response(status_code=403)


def _is_valid(validator: RequestValidator, url: str, fields: Fields, signature: str) -> bool:
    try:
        return signature.isascii() and bool(validator.validate(url, fields, signature))
    except ValueError:  # a port that is no number
        return False
