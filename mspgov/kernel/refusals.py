"""When a rule of the domain says no."""


class Refused(Exception):
    """A rule refuses: an error of the form, or 422."""


class Conflict(Exception):
    """Somebody else was first: 409."""
