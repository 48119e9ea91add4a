"""Who takes an office, who is away, who takes over."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from mspgov.kernel.planned import too_far
from mspgov.tenancy.models import Person
from mspgov.web.words import sentence

DATE = {"type": "date"}


def choices(people: list[Person], empty: str = "") -> list[tuple[str, str]]:
    named = [(str(each.public_id), f"{each.name} ({each.email})") for each in people]
    return [("", empty), *named] if empty else named


def within_reach(day: date) -> None:
    if why := too_far(day, timezone.localdate()):
        raise forms.ValidationError(f"{sentence(why)}.")


class PeopleForm(forms.Form):
    """Chooses people by their ids; `person(name)` gives who was chosen."""

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(each.public_id): each for each in people}

    def person(self, name: str) -> Person | None:
        return self.people.get(self.cleaned_data.get(name, ""))


class OfficeForm(PeopleForm):
    widths = {"from_on": "half"}

    owner = forms.ChoiceField(
        help_text="Accountable for the domain: what is late, to be approved or in breach goes to them."
    )
    deputy = forms.ChoiceField(required=False, help_text="Stands in while the owner is away.")
    from_on = forms.DateField(
        label="From",
        validators=[within_reach],
        widget=forms.DateInput(DATE, format="%Y-%m-%d"),
        help_text="Who was in office before ends the day before.",
    )

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        self.fields["owner"].choices = choices(people, "Choose somebody")  # type: ignore[attr-defined]
        self.fields["deputy"].choices = choices(people, "Nobody")  # type: ignore[attr-defined]


class AbsenceForm(PeopleForm):
    """Whose days, for an administrator; else one's own."""

    widths = {"from_on": "half", "until_on": "half"}

    who = forms.ChoiceField(label="Who is away")
    from_on = forms.DateField(label="First day away", widget=forms.DateInput(DATE, format="%Y-%m-%d"))
    until_on = forms.DateField(
        label="Last day away", validators=[within_reach], widget=forms.DateInput(DATE, format="%Y-%m-%d")
    )
    deputy = forms.ChoiceField(
        label="Stands in", required=False,
        help_text="Somebody of the same side, of a provider in the same engagement. Without a name the deputy of the office does.",
    )  # fmt: skip

    def __init__(self, *args: Any, people: list[Person], own: Person | None, **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        if own is None:
            self.fields["who"].choices = choices(people)  # type: ignore[attr-defined]
        else:
            del self.fields["who"]
        self.fields["deputy"].choices = choices(people, "Whoever is deputy")  # type: ignore[attr-defined]


class HandOverForm(PeopleForm):
    """To whom, from which day on."""

    widths = {"on": "half"}

    to = forms.ChoiceField(label="Passes to")
    on = forms.DateField(label="From", validators=[within_reach], widget=forms.DateInput(DATE, format="%Y-%m-%d"))

    def __init__(self, *args: Any, people: list[Person], today: date, **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        self.today = today
        self.fields["to"].choices = choices(people, "Choose somebody")  # type: ignore[attr-defined]

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day < self.today:
            raise forms.ValidationError("Choose today or a later day: what was, stays as it was")
        return day
