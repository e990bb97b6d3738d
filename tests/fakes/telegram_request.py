"""A request of the bot, however it was written: query, form, multipart or JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

from fakes.telegram_errors import bad_request


@dataclass(frozen=True)
class Upload:
    """A file in a multipart request."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Params:
    """A request's parameters, whether they came as a query, a form or JSON."""

    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.text(name) or default)
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def item(self, name: str, what: str) -> Any:
        """A JSON parameter, decoded; None when absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None


@dataclass(frozen=True)
class Answer:
    """A result with a remark beside it, as setWebhook gives."""

    result: Any
    description: str
