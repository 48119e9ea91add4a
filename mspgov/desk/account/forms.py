"""What a person says of themselves."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from mspgov.mail.models import Preference


class DetailsForm(forms.Form):
    widths = {"time_zone": "half"}

    name = forms.CharField(label="Your name", max_length=200)
    time_zone = forms.ChoiceField(required=False, help_text="Times on pages and in letters are read in it.")

    def __init__(self, *args: Any, usual: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/")))
        named = [(z, z.replace("_", " ")) for z in ["UTC", *zones]]
        self.fields["time_zone"].choices = [("", f"That of the organisation ({usual})"), *named]  # type: ignore[attr-defined]


class WaysForm(forms.Form):
    """One choice a kind of note."""

    def __init__(self, *args: Any, ways: list[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = {f"way_{index}": kind for index, (kind, _, _) in enumerate(ways)}
        for index, (_, words, way) in enumerate(ways):
            self.fields[f"way_{index}"] = forms.ChoiceField(label=words, choices=Preference.Way.choices, initial=way)

    def chosen(self) -> dict[str, str]:
        return {kind: self.cleaned_data[name] for name, kind in self.kinds.items()}


class FeedForm(forms.Form):
    widths = {"name": "half"}

    name = forms.CharField(label="What reads it", max_length=100, help_text="Such as Phone, or Outlook at work.")
