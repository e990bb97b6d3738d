"""Keyboards as Telegram accepts them.

Two steps, as on the platform: `read_markup` fails on a malformed one before the chat is
looked at, `check_markup` fails on contents afterwards.
"""

import json
from typing import Any

from fakes.telegram_errors import Json, Refused, bad_request
from fakes.telegram_text import link_fault

MOST_BUTTONS = 100
MOST_DATA_BYTES = 64
_FLAGS = (
    "force_reply",
    "remove_keyboard",
    "selective",
    "resize_keyboard",
    "one_time_keyboard",
    "is_persistent",
)
_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "copy_text",
    "pay",
)


def read_markup(given: Any) -> Json | None:
    """The keyboard in a request, or None; an empty one counts as none."""
    if given in (None, ""):
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply markup")
    for flag in _FLAGS:
        if not isinstance(given.get(flag, False), bool):
            raise bad_request(f'field "{flag}" must be of type Boolean')
    if "keyboard" in given:
        rows = _rows(given, "keyboard")
        return given | {"keyboard": [[_key(key) for key in row] for row in rows]} if rows else None
    if "inline_keyboard" in given:
        rows = _rows(given, "inline_keyboard")
        shown = [[_button(button) for button in row] for row in rows]
        return {"inline_keyboard": shown} if any(shown) else None
    return given if given.get("remove_keyboard") or given.get("force_reply") else None


def _rows(markup: Json, name: str) -> list[list[Any]]:
    rows = markup[name]
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" must be an Array of Arrays')
    return rows


def _key(key: Any) -> Json:
    if isinstance(key, str):
        return {"text": key}
    return _with_text(key, "keyboard button")


def _button(button: Any) -> Json:
    shown = _with_text(button, "inline keyboard button")
    actions = [name for name in _ACTIONS if shown.get(name) not in (None, False)]
    if shown.get("url") == "" or shown.get("callback_data") == "" or not actions:
        raise _unparsable(
            "inline keyboard button", "Text buttons are unallowed in the inline keyboard"
        )
    return shown


def _with_text(button: Any, what: str) -> Json:
    if not isinstance(button, dict):
        raise _unparsable(what, "expected an Object")
    if "text" not in button:
        raise _unparsable(what, 'Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise _unparsable(what, 'Field "text" must be of type String')
    return button


def _unparsable(what: str, reason: str) -> Refused:
    return bad_request(f"can't parse {what}: {reason}")


def check_markup(markup: Json | None, private: bool) -> None:
    """Refuse a well-formed keyboard for what its buttons say or do."""
    if not markup:
        return
    for row in markup.get("keyboard", []):
        for key in row:
            _check_key(key, private)
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    for button in buttons:
        _check_button(button)
    if len(buttons) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")


def _check_key(key: Json, private: bool) -> None:
    if not key["text"].strip():
        raise bad_request("keyboard button text must be non-empty")
    if key.get("request_contact") and not private:
        raise bad_request("phone number can be requested in private chats only")
    if key.get("request_location") and not private:
        raise bad_request("location can be requested in private chats only")


def _check_button(button: Json) -> None:
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if (url := button.get("url")) and (fault := link_fault(url)):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {fault}")
    if (app := button.get("web_app")) and not str(app.get("url", "")).startswith("https://"):
        raise bad_request(
            f"inline keyboard button Web App URL '{app.get('url', '')}' is invalid: "
            "Only HTTPS links are allowed"
        )
    if len(button.get("callback_data", "").encode()) > MOST_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
