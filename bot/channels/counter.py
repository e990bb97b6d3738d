"""The counter as a channel: what is said to a person there is shown to the officer before them.

A committed row is a delivered message, as on the chat page.  What comes after they have gone
home reaches nobody: it fails, and handlers/delivery.py finds another way or lets it be.
"""

from bot.channels.base import FREE, Pace, Parcel, SendFailed
from bot.channels.uploads import Uploads
from handlers.doors import DESK


class Counter(Uploads):
    """The channel of walk-ins."""

    name = DESK
    overall = FREE

    def pace(self, address: str) -> Pace:
        """No limit: nobody else's server is in between."""
        return FREE

    def places(self, parcel: Parcel) -> int:
        """One row."""
        return 1

    async def send(self, parcel: Parcel) -> str:
        """An answer in the conversation is on the officer's page.  Raises SendFailed."""
        if parcel.message.kind:
            raise SendFailed("absent", permanent=True)
        return f"shown-{parcel.id}"

    async def close(self) -> None:
        """Nothing to let go of."""
