"""What an administrator says of a person, and a person of themselves when they join."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts

from mspgov.tenancy.models import Engagement, Membership, Provider
from mspgov.tenancy.policy import EITHER, PROVIDER, Role

CLIENT_ROLES = [(r.value, r.label) for r in Role if r not in PROVIDER]
PROVIDER_ROLES = [(r.value, r.label) for r in Role if r in PROVIDER | EITHER]


class InviteForm(forms.Form):
    """Without a provider on the client's side; with one, engagements are chosen too."""

    email = forms.EmailField(label="E-mail", max_length=254)
    name = forms.CharField(max_length=200)
    provider = forms.ChoiceField(label="Works for", required=False)
    roles = forms.MultipleChoiceField(choices=Role.choices, widget=forms.CheckboxSelectMultiple)
    engagements = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, help_text="What one of an MSP's people sees; the client's side sees all."
    )  # fmt: skip

    def __init__(self, *args: Any, providers: list[Provider], engagements: list[Engagement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_slug = {each.slug: each for each in providers}
        self.known = {each.slug: each for each in engagements}
        names = [(each.slug, each.name) for each in providers]
        self.fields["provider"].choices = [("", "The client"), *names]  # type: ignore[attr-defined]
        self.fields["engagements"].choices = [(e.slug, f"{e.name} ({e.provider.name})") for e in engagements]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("provider") and not found.get("engagements") and "engagements" not in self.errors:
            self.add_error("engagements", "Choose at least one: an MSP's people see nothing else")
        return found

    def terms(self) -> dict[str, Any]:
        """What the service takes, by name."""
        found = self.cleaned_data
        return {
            "email": found["email"],
            "name": found["name"],
            "roles": found["roles"],
            "provider": self.by_slug.get(found["provider"]),
            "engagements": [self.known[slug] for slug in found["engagements"]],
        }


class RolesForm(forms.Form):
    """Roles of the member's side, and of one of a provider's people the engagements that they see."""

    roles = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    engagements = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, member: Membership, engagements: list[Engagement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {e.slug: e for e in engagements if e.provider_id == member.provider_id}
        self.fields["roles"].choices = PROVIDER_ROLES if member.provider_id else CLIENT_ROLES  # type: ignore[attr-defined]
        if member.provider_id:
            self.fields["engagements"].choices = [(e.slug, e.name) for e in self.known.values()]  # type: ignore[attr-defined]
        else:
            del self.fields["engagements"]

    def terms(self) -> dict[str, Any]:
        chosen = self.cleaned_data.get("engagements", [])
        return {"roles": self.cleaned_data["roles"], "engagements": [self.known[slug] for slug in chosen]}


class JoinForm(forms.Form):
    """A name and a password for a new account."""

    name = forms.CharField(label="Your name", max_length=200)
    password = forms.CharField(
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=" ".join(password_validators_help_texts()[:1]),
    )
    again = forms.CharField(
        label="The password once more", widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("password") and found.get("again") and found["password"] != found["again"]:
            self.add_error("again", "The two passwords differ")
        return found
