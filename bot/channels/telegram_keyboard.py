"""What stands below a message on Telegram: buttons, and which message it answers."""

import telegram

from handlers.message import Button, Message

SHORT = 12
"""Labels up to this long go two in a row."""


def quote(message_id: str) -> telegram.ReplyParameters | None:
    """Which message this one answers; it goes out even if that one is gone."""
    if not message_id:
        return None
    return telegram.ReplyParameters(int(message_id), allow_sending_without_reply=True)


def keyboard(
    message: Message,
) -> telegram.InlineKeyboardMarkup | telegram.ReplyKeyboardMarkup | None:
    """What can be tapped below a message; None for nothing."""
    if message.share_phone:
        share = telegram.KeyboardButton(message.share_phone, request_contact=True)
        return telegram.ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    return inline(message.choices) if message.choices else None


def inline(choices: tuple[Button, ...]) -> telegram.InlineKeyboardMarkup:
    """The choices as buttons, those of an answer with their number."""
    rows: list[list[telegram.InlineKeyboardButton]] = []
    number, room = 0, 0
    for choice in choices:
        number += choice.numbered
        label = f"{number} {choice.label}" if choice.numbered else choice.label
        button = telegram.InlineKeyboardButton(
            label, url=choice.url or None, callback_data=None if choice.url else choice.token
        )
        if room and len(choice.label) <= SHORT:
            rows[-1].append(button)
            room = 0
        else:
            rows.append([button])
            room = int(len(choice.label) <= SHORT)
    return telegram.InlineKeyboardMarkup(rows)
