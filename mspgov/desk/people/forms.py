"""What an administrator says of a person, and a person of themselves when they join."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils import timezone

from mspgov.tenancy.models import Engagement, Invitation, Membership, Provider
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

    def __init__(
        self, *args: Any, providers: list[Provider], engagements: list[Engagement],
        earlier: Callable[[str], Invitation | None], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.find_earlier = earlier
        self.earlier: Invitation | None = None
        self.by_slug = {each.slug: each for each in providers}
        self.known = {each.slug: each for each in engagements}
        names = [(each.slug, each.name) for each in providers]
        self.fields["provider"].choices = [("", "The client"), *names]  # type: ignore[attr-defined]
        self.fields["engagements"].choices = [(e.slug, f"{e.name} ({e.provider.name})") for e in engagements]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("provider") and not found.get("engagements") and "engagements" not in self.errors:
            self.add_error("engagements", "Choose at least one: an MSP's people see nothing else")
        self.earlier = self.find_earlier(found.get("email", ""))
        if self.earlier is not None:
            ask_once_more(
                self, "replace", "Replace the earlier invitation",
                f"{self.earlier.name} was invited at this address on {timezone.localtime(self.earlier.at):%-d %B %Y} as "
                f"{' and '.join(Role(role).label.lower() for role in self.earlier.roles)}. A new invitation ends that one: "
                "its link will be dead. Tick to replace it.",
            )  # fmt: skip
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


class EngineerForm(InviteForm):
    """What an account manager says of an engineer of their own firm: no other role, no other provider."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["provider"], self.fields["roles"]
        self.fields["engagements"].required = True
        self.fields["engagements"].help_text = "Of those that you work on yourself."

    def terms(self) -> dict[str, Any]:
        found = self.cleaned_data
        engagements = [self.known[slug] for slug in found["engagements"]]
        return {"email": found["email"], "name": found["name"], "engagements": engagements}


def ask_once_more(form: forms.Form, name: str, label: str, why: str) -> None:
    """A box to tick, which the form shows only now, with what happens when it is ticked; ticked it is no error."""
    form.fields[name] = forms.BooleanField(label=label, required=False)
    if name not in form.data:
        form.add_error(name, why)


class RolesForm(forms.Form):
    """Roles of the member's side, and of one of a provider's people the engagements that they see."""

    roles = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    engagements = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, *args: Any, member: Membership, engagements: list[Engagement], gives_up: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.gives_up = gives_up  # without the role of administrator it is the reader's own that goes
        self.known = {e.slug: e for e in engagements if e.provider_id == member.provider_id}
        self.fields["roles"].choices = PROVIDER_ROLES if member.provider_id else CLIENT_ROLES  # type: ignore[attr-defined]
        if member.provider_id:
            self.fields["engagements"].choices = [(e.slug, e.name) for e in self.known.values()]  # type: ignore[attr-defined]
        else:
            del self.fields["engagements"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self.gives_up and Role.TENANT_ADMINISTRATOR not in found.get("roles", [Role.TENANT_ADMINISTRATOR]):
            ask_once_more(
                self, "sure", "Give up administering this organisation",
                "This takes your own role of tenant administrator: you will no longer invite people or change their roles, "
                "and only another administrator can give it back. Tick to go on.",
            )  # fmt: skip
        return found

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
