"""What allauth asks of us: nobody signs up by themselves; second factors are kept encrypted; links name our address."""

import base64
import hashlib
import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger("mspgov.sign_in")


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Straight to the reader, past the tenants' delivery logs: nobody else may read the link."""
        if template_prefix.endswith("unknown_account"):
            return  # says nothing about who has an account
        try:
            super().send_mail(template_prefix, email, {**context, "address": settings.ADDRESS})
        except (SMTPException, OSError) as error:  # an error page would say who has an account
            log.warning("a letter did not leave: %s", error)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At the product's own address: the Host of a request is what its sender says."""
        return f"{settings.ADDRESS}/accounts/password/reset/key/{key}/"


class SecondFactor(DefaultMFAAdapter):
    """Secrets of second factors are encrypted by a key that follows from the secret key, which no dump holds."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    digest = hashlib.sha256(f"second factors {settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
