"""The fields of Twilio's webhooks: an incoming message, a change of status.

Fields that are there but empty stay: they are signed like the others.
"""

import json

from fakes.twilio_errors import text_of
from fakes.twilio_model import Message, Person

API_VERSION = "2010-04-01"
_INSTALL = "XE" + "c0ffee00" * 4
_EVENTS = {
    "delivered": "DELIVERED",
    "read": "READ",
    "failed": "FAILED",
    "undelivered": "UNDELIVERED",
}
_PLACES = ("Country", "State", "City", "Zip")


def inbound_form(message: Message, person: Person, account: str, base: str) -> dict[str, str]:
    """What a person sent, as the program's webhook is told."""
    sid = message.sid
    form = {
        "SmsMessageSid": sid,
        "NumMedia": str(len(message.media)),
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": message.body,
        "To": str(message.to),
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": account,
        "From": str(message.from_),
        "ApiVersion": API_VERSION,
    }
    for number, media in enumerate(message.media):
        path = f"/{API_VERSION}/Accounts/{account}/Messages/{sid}/Media/{media.sid}"
        form[f"MediaUrl{number}"] = base + path
        form[f"MediaContentType{number}"] = media.mime
    if message.from_.channel == "sms":
        places = {f"{side}{place}": "" for side in ("From", "To") for place in _PLACES}
        return form | places | {"FromCountry": "ID"}
    profile = {"ProfileName": person.name, "WaId": message.from_.phone.removeprefix("+")}
    metadata = {"type": "whatsapp", "data": {"context": profile}}
    form |= profile | {"ChannelMetadata": json.dumps(metadata, separators=(",", ":"))}
    return form | {"MessageType": "text"} | message.fields


def status_form(message: Message, status: str, account: str) -> dict[str, str]:
    """A status callback."""
    form = {
        "SmsSid": message.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": str(message.to),
        "MessageSid": message.sid,
        "AccountSid": account,
        "From": str(message.from_),
        "ApiVersion": API_VERSION,
    }
    if message.service:
        form["MessagingServiceSid"] = message.service
    if status in ("failed", "undelivered"):
        form |= {"ErrorCode": str(message.error), "ErrorMessage": text_of(message.error)}
    if message.to.channel == "sms":
        return form
    form |= {
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": _INSTALL,
        "ChannelToAddress": message.to.phone[:-4] + "XXXX",
        "StructuredMessage": "true" if message.shown else "false",
    }
    if status in _EVENTS:
        form["EventType"] = _EVENTS[status]
    if message.error:
        form["ChannelStatusMessage"] = text_of(message.error)
    return form
