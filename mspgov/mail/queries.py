"""E-mails as the delivery log shows them, and a reader's preferences."""

from .models import Mail, Preference


def delivery_log(state: str = "") -> "list[Mail]":
    """The tenant's latest e-mails, at most 500, those of one state when asked."""
    rows = Mail.objects.select_related("person").order_by("-pk")
    return list((rows.filter(state=state) if state else rows)[:500])


def preferences_of(person_id: int) -> dict[str, str]:
    """The way by kind; a kind without an entry is told at once."""
    return dict(Preference.objects.filter(person_id=person_id).values_list("kind", "way"))
