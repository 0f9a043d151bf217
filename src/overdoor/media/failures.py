"""What a file can be refused for."""


class UnreadableMedia(Exception):
    """A file is not what we take, or is damaged, or is too large to open.

    reason: The rest of a sentence about the file: "it ends early".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
