"""When a rule of the domain says no."""


class Refused(Exception):
    """A rule refuses: an error of the form, or 422."""


class Conflict(Exception):
    """Somebody else was first: 409. `typed` is what a form held, in words, where one was filled."""

    typed: list[tuple[str, str]] | None = None
