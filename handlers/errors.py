"""The error of a use case that was asked for something it will not do."""


class Rejected(Exception):
    """A friendly no: `code` names the words in which it is said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
