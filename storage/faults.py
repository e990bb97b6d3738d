"""Named moments at which a drill can cut the process off, as a power failure would.

`LOKET_FAULT=settle.before:3` kills the process when it passes that point the third
time.  Without the variable a point costs one comparison.
"""

import os
import signal

POINTS = (
    "inbox.before",
    "inbox.after",
    "commit.before",
    "commit.after",
    "claim.after",
    "send.before",
    "send.after",
    "settle.after",
    "fetch.after",
    "vault.temporary",
    "vault.renamed",
    "judge.before",
    "judge.after",
    "due.before",
    "due.after",
    "broadcast.searched",
    "broadcast.fed",
)

_name, _, _times = os.environ.get("LOKET_FAULT", "").partition(":")
_left = int(_times or 1)


def point(name: str) -> None:
    """Pass a named moment; the process ends here if a drill asked for it."""
    global _left
    if name == _name:
        _left -= 1
        if _left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(fault: str) -> None:
    """Choose another moment for this process: "name:times", or "" for none."""
    global _name, _left
    _name, _, times = fault.partition(":")
    _left = int(times or 1)
