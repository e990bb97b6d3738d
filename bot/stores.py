"""What the program keeps, opened: its database and its vault.  Knows nothing that runs."""

from pathlib import Path

from bot.config import WrongSettings
from bot.settings import Settings
from storage.db import Database
from storage.files import Keys, Vault
from storage.schema import upgrade


def open_database(settings: Settings) -> Database:
    """The database, brought to the newest schema."""
    database = Database(settings.database_url)
    upgrade(database)
    return database


def open_vault(settings: Settings) -> Vault:
    """The vault, with its key from the settings or from a file outside the data folder.

    Raises WrongSettings.
    """
    folder = Path(settings.files.path)
    try:
        keys = Keys.open(settings.files.key, Path(settings.files.key_path).expanduser(), folder)
    except (ValueError, OSError) as error:
        raise WrongSettings([f"files.key: {error}"]) from None
    return Vault(folder, keys)
