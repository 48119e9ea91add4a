"""Bad input, named by the path to it."""


class Fault(ValueError):
    """Input that cannot be used: where it stands and why, for the person who wrote it."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}" if path else why)
        self.path = path
        self.why = why
