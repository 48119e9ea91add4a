"""Letters that carry a secret link: sent at once and never kept, for rows of e-mail can be read in the delivery log."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

log = logging.getLogger("mspgov.mail")


def send_letter(*, to: str, subject: str, template: str, told: dict[str, Any]) -> str:
    """Send `mail/<template>.txt` and `.html`. Returns what went wrong, empty when it left."""
    told = {**told, "address": settings.ADDRESS}
    message = EmailMultiAlternatives(
        " ".join(subject.split())[:300], render_to_string(f"mail/{template}.txt", told), to=[to],
        headers={"Auto-Submitted": "auto-generated"}, connection=get_connection(),
    )  # fmt: skip
    message.attach_alternative(render_to_string(f"mail/{template}.html", told), "text/html")
    try:
        message.send()
    except (SMTPException, OSError) as error:
        log.warning("a letter did not leave: %s", error)
        return f"{type(error).__name__}: {error}"
    return ""
