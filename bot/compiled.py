"""Templates that were compiled at an earlier start: a start is often somebody waiting."""

from contextlib import suppress

from jinja2 import BytecodeCache, FileSystemBytecodeCache
from jinja2.bccache import Bucket


class _Cache(FileSystemBytecodeCache):
    """In the machine's folder for what may be lost, in a part that only we may read and write."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it; a full disk is no reason not to start."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def cache() -> BytecodeCache | None:
    """Where compiled templates are kept, by the hash of their text; None: nowhere."""
    try:
        return _Cache()
    except (OSError, RuntimeError):  # no such folder, or it is somebody else's
        return None
