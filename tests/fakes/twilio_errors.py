"""How Twilio says no: numbers, words, and the shape of a refusal.

Some errors answer a request at once; others fail a message after it was accepted.  Knows what
the numbers mean, not the reasons for one.
"""

from typing import Any

Json = dict[str, Any]

TEXTS = {
    11200: "HTTP retrieval failure",
    11205: "HTTP connection failure",
    11751: "Media Message - Media exceeds messaging provider size limit",
    12100: "Document parse failure",
    12300: "Invalid Content-Type",
    20001: "Invalid parameter",
    20003: "Authenticate",
    20004: "Method not allowed",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    20503: "Service Unavailable",
    21481: "Invalid PageToken",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21609: "The 'StatusCallback' URL is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
    21619: "A text message body or media urls must be specified.",
    21620: "Invalid media URL(s)",
    21623: "Number of media files exceeds allowed limit",
    21654: "ContentSid Required",
    21655: "The ContentSid is Invalid",
    21656: "The Content Variables parameter is invalid",
    21658: "Parameter exceeded character limit",
    21701: "The Messaging Service does not exist",
    21703: "The Messaging Service does not have a phone number available to send a message",
    21910: "Invalid From and To pair. From and To should be of the same channel",
    30004: "Message blocked",
    63003: "Channel could not find To address",
    63005: "Channel did not accept given content. Please see Channel specific error message for "
    "more information",
    63007: "Twilio could not find a Channel with the specified From address",
    63013: "Channel policy violation",
    63014: "Channel message blocked by user action",
    63016: "Failed to send freeform message because you are outside the allowed window. If you "
    "are using WhatsApp, please use a Message Template.",
    63018: "Rate limit exceeded for Channel",
    63019: "Media failed to download",
    63021: "Channel invalid content error",
    63024: "Invalid message recipient",
    63030: "Unsupported parameter for type of channels message",
    63040: "Template rejected",
    63041: "Template paused",
    63042: "Template disabled",
    63049: "Meta chose not to deliver this WhatsApp marketing message",
    216602: "Content Type is not supported on this channel",
}
_STATUS = {20003: 401, 20004: 405, 20404: 404, 20429: 429, 20500: 500, 20503: 503}


def text_of(code: int) -> str:
    """What an error says of itself."""
    return TEXTS.get(code, f"Error {code}")


class Refused(Exception):
    """A request answered with an error, as Twilio words it."""

    def __init__(self, code: int, message: str = "", status: int = 0) -> None:
        self.code = code
        self.message = message or text_of(code)
        self.status = status or _STATUS.get(code, 400)
        super().__init__(f"{self.code}: {self.message}")

    def as_json(self) -> Json:
        """The body of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_found(path: str) -> Refused:
    """Nothing of this account is there."""
    return Refused(20404, f"The requested resource {path} was not found")


def no_such_number(name: str, given: str) -> Refused:
    """An address that is no address."""
    if name == "To":
        return Refused(21211, f"The 'To' number {given} is not a valid phone number.")
    return Refused(
        21212,
        f"The 'From' number {given} is not a valid phone number, shortcode, or alphanumeric "
        "sender ID.",
    )
