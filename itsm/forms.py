"""What a person may type about imports: the file, what its columns mean, why one is withdrawn."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms

from mspgov.kernel.faults import Fault
from mspgov.tenancy.models import Engagement

from .importers.first_look import DATES, DELIMITERS, ENCODINGS, Look, guess_priority, reads_dates
from .importers.mapping import INSTANTS, REQUIRED, WAIT_KINDS, read_mapping
from .models import Import

MOST_COLUMNS = 200
MOST_WAITS = 4
FIELD_NAMES = {
    "number": "Ticket number",
    "opened_at": "Opened",
    "answered_at": "Answered",
    "resolved_at": "Resolved",
    "priority": "Priority",
    "state": "State",
    "category": "Category",
    "subcategory": "Subcategory",
    "symptom": "Symptom",
    "assignment_group": "Group",
    "location": "Location",
    "service": "Service",
    "ci": "Configuration item",
    "vendor": "Vendor",
}
WAIT_NAMES = {
    "customer": "Waiting for the client",
    "client_vendor": "Waiting for the client’s vendor",
    "provider_vendor": "Waiting for the provider’s vendor",
    "unknown_vendor": "Waiting for a vendor, whose is open",
    "problem": "Waiting for a problem",
    "resolved": "Resolved, then reopened",
    "planned": "Planned",
}
ENCODING_NAMES = {"utf-8": "UTF-8", "windows-1252": "Windows-1252", "iso-8859-1": "ISO 8859-1", "utf-16": "UTF-16"}
DELIMITER_NAMES = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar |"}
PRIORITY_CHOICES = [("", "Leave these tickets out"), *((p, p) for p in ("P1", "P2", "P3", "P4"))]
PARTIES = [("", "Not known"), ("client", "The client’s"), ("provider", "The provider’s")]
ISO = "iso"
OWN = "own"


@lru_cache(maxsize=1)
def zones() -> list[tuple[str, str]]:
    named = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "US/")))
    return [("UTC", "UTC"), *((z, z.replace("_", " ")) for z in named)]


def with_stop(why: str) -> str:
    """A reason as a sentence of its own."""
    return f"{why[:1].upper()}{why[1:]}{'' if why[-1:] in '.?!' else '.'}"


class OfferedField(forms.ChoiceField):
    """A choice that may stay empty, though no label says "optional": its empty choice says what that means."""

    def validate(self, value: Any) -> None:
        if value not in self.empty_values:
            super().validate(value)


class ReadingForm(forms.Form):
    """How the dates and the vendors of a file are read, whatever its format."""

    time_zone = forms.ChoiceField(label="Time zone of its dates", choices=zones)
    vendor_party = OfferedField(
        label="Vendors in it are",
        choices=PARTIES,
        help_text="Only a wait for the client’s vendor can stop a clock.",
    )
    use_required_attribute = False


class UploadForm(ReadingForm):
    """A file and how it is to be read."""

    engagement = forms.ChoiceField(label="Engagement")
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="CSV with a header in its first row, up to 1 GiB.",
        error_messages={"required": "Choose the file."},
    )
    format = OfferedField(
        label="Format",
        choices=[("", "As its columns say"), *Import.Format.choices],
        help_text="An audit log has one row per change; any other CSV has one row per ticket.",
    )
    widths = {"engagement": "half", "format": "half", "time_zone": "half", "vendor_party": "half"}
    field_order = ["engagement", "file", "format", "time_zone", "vendor_party"]

    def __init__(self, *args: Any, engagements: Sequence[Engagement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.engagements = {each.slug: each for each in engagements}
        field: Any = self.fields["engagement"]
        field.choices = [(each.slug, f"{each.name}, {each.provider.name}") for each in engagements]

    def clean_engagement(self) -> Engagement:
        return self.engagements[self.cleaned_data["engagement"]]

    def refuse(self, fault: Fault) -> None:
        """The fault at the field where it belongs; what is said of the file is a sentence."""
        why = f"The file {fault.why}" if fault.path == "file" and fault.why.startswith(("is ", "has ")) else fault.why
        self.add_error(fault.path if fault.path in self.fields else "file", with_stop(why))


class MappingForm(ReadingForm):
    """What each column of a CSV becomes. Columns are c0, c1 …; priorities p0 … with their text in q0 …; waits w0-from …"""

    encoding = forms.ChoiceField(label="Encoding", choices=[(e, ENCODING_NAMES[e]) for e in ENCODINGS])
    delimiter = forms.ChoiceField(label="Delimiter", choices=[(d, DELIMITER_NAMES[d]) for d in DELIMITERS])
    dates = forms.ChoiceField(
        label="Dates are written", choices=[(ISO, "ISO 8601, 2026-02-28 13:05"), *((d, d) for d in DATES), (OWN, "Otherwise")]
    )  # fmt: skip
    own_dates = forms.CharField(label="Otherwise", required=False, help_text='Such as "%d/%m/%Y %H:%M".')
    widths = dict.fromkeys(("time_zone", "vendor_party", "dates", "own_dates", "encoding", "delimiter"), "half")
    field_order = ["dates", "own_dates", "time_zone", "vendor_party", "encoding", "delimiter"]

    def __init__(self, *args: Any, look: Look, mapping: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.look = look
        self.columns = look.columns[:MOST_COLUMNS]
        self.mapping: dict[str, Any] | None = None
        self._offer_columns(mapping)
        self._offer_options(mapping)
        self._offer_priorities(mapping)
        self._offer_waits(mapping)

    def _offer_columns(self, mapping: dict[str, Any]) -> None:
        becomes = {column: name for name, column in mapping.get("columns", {}).items()}
        choices = [("", "Do not import"), *FIELD_NAMES.items()]
        for place, column in enumerate(self.columns):
            self.fields[f"c{place}"] = OfferedField(label=column, choices=choices, initial=becomes.get(column, ""))

    def _offer_options(self, mapping: dict[str, Any]) -> None:
        self.initial.setdefault("encoding", self.look.encoding)
        self.initial.setdefault("delimiter", self.look.delimiter)
        dates = mapping.get("dates") or ISO
        known = dates == ISO or dates in DATES
        self.initial.setdefault("dates", dates if known else OWN)
        self.initial.setdefault("own_dates", "" if known else dates)
        for name in ("encoding", "delimiter"):
            field: Any = self.fields[name]
            if (value := self.initial[name]) not in dict(field.choices):
                field.choices = [*field.choices, (value, value)]

    def _offer_priorities(self, mapping: dict[str, Any]) -> None:
        """A choice for each text found in the priority column; beside those that another column sent along."""
        said = mapping.get("priorities", {})
        self.priority_column = self._column_of("priority", mapping)
        self.priority_values = self.look.distinct(self.priority_column)
        for place, text in enumerate(self.priority_values):
            self.fields[f"p{place}"] = OfferedField(
                label=text, choices=PRIORITY_CHOICES, initial=said.get(text) or guess_priority(text)
            )

    def _column_of(self, field: str, mapping: dict[str, Any]) -> str:
        """The column that becomes this field: as sent, else as offered."""
        if self.is_bound:
            return next((c for i, c in enumerate(self.columns) if self.data.get(f"c{i}") == field), "")
        return str(mapping.get("columns", {}).get(field, ""))

    def _offer_waits(self, mapping: dict[str, Any]) -> None:
        waits = mapping.get("waits", [])
        columns = [("", "–"), *((c, c) for c in self.columns)]
        kinds = [("", "–"), *((k, WAIT_NAMES[k]) for k in WAIT_KINDS)]
        self.waits = range(min(len(waits) + 1, MOST_WAITS) if not self.is_bound else self._waits_sent())
        for place in self.waits:
            known = waits[place] if place < len(waits) else {}
            for end, label in (("from", "begins in"), ("to", "ends in")):
                self.fields[f"w{place}-{end}"] = OfferedField(
                    label=f"Wait {place + 1} {label}", choices=columns, initial=known.get(end, "")
                )
            self.fields[f"w{place}-kind"] = OfferedField(
                label=f"Wait {place + 1} is", choices=kinds, initial=known.get("kind", "")
            )

    def _waits_sent(self) -> int:
        return sum(f"w{place}-kind" in self.data for place in range(MOST_WAITS)) or 1

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        columns = self._columns_said(cleaned)
        for name in REQUIRED:
            if name not in columns:
                self.add_error(None, f"No column becomes “{FIELD_NAMES[name]}”: choose the one that holds it.")
        dates = self._dates_said(cleaned, columns)
        priorities = self._priorities_said(cleaned)
        waits = self._waits_said(cleaned)
        if not self.errors:
            document = {
                "columns": columns,
                **({"dates": dates} if dates else {}),
                "priorities": priorities,
                "encoding": cleaned["encoding"],
                "delimiter": cleaned["delimiter"],
                "waits": waits,
            }
            try:
                self.mapping = read_mapping(document).document()
            except Fault as fault:
                self.refuse(fault)
        return cleaned

    def _columns_said(self, cleaned: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, column in enumerate(self.columns):
            name = cleaned.get(f"c{place}", "")
            if name and name in found:
                self.add_error(f"c{place}", f"“{FIELD_NAMES[name]}” comes from {found[name]} already.")
            elif name:
                found[name] = column
        return found

    def _dates_said(self, cleaned: dict[str, Any], columns: dict[str, str]) -> str | None:
        """The format of dates; an error where no text of the first rows fits it."""
        chosen = cleaned.get("dates")
        pattern = None if chosen == ISO else (cleaned.get("own_dates") or "") if chosen == OWN else chosen
        if pattern == "":
            self.add_error("own_dates", 'Give the format, such as "%d/%m/%Y %H:%M".')
            return None
        for name in INSTANTS:
            texts = self.look.values(columns.get(name, ""))
            if texts and not any(reads_dates(text, pattern) for text in texts):
                self.add_error("own_dates" if chosen == OWN else "dates", f"{texts[0][:40]!r} in {columns[name]} is not written so.")  # fmt: skip
                break
        return pattern

    def _priorities_said(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """What each text means. Texts that were not on the page as it was sent are asked for once."""
        if any(self.data.get(f"q{i}") != text for i, text in enumerate(self.priority_values)):
            offered = {f"p{place}": guess_priority(text) for place, text in enumerate(self.priority_values)}
            self.data = {**{name: self.data[name] for name in self.data}, **offered}
            self.add_error(None, f"Say what each priority in {self.priority_column} means, below.")
            return {}
        return {t: p for i, t in enumerate(self.priority_values) if (p := cleaned.get(f"p{i}", "")) and p != t}

    def _waits_said(self, cleaned: dict[str, Any]) -> list[dict[str, str]]:
        found = []
        for place in self.waits:
            parts = {end: cleaned.get(f"w{place}-{end}", "") for end in ("from", "to", "kind")}
            if all(parts.values()):
                found.append(parts)
            elif any(parts.values()):
                missing = next(end for end, value in parts.items() if not value)
                self.add_error(f"w{place}-{missing}", "A wait needs both columns and for whom it was.")
        return found

    def refuse(self, fault: Fault) -> None:
        """The fault at the field where it belongs."""
        name = fault.path.rpartition(".")[2]
        why = fault.why
        if name == "dates":
            name = "own_dates" if self.cleaned_data.get("dates") == OWN else "dates"
        if "is not utf" in why.lower() or "holds a NUL" in why or "save the file as UTF-8" in why:
            name, why = "encoding", f"{fault.path}: {why.split(';')[0]}"
        if name in self.fields:
            self.add_error(name, with_stop(why))
        else:
            self.add_error(None, with_stop(f"{fault.path}: {why}"))


class WithdrawForm(forms.Form):
    """Why an import is withdrawn."""

    why = forms.CharField(
        label="Why it is withdrawn",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="It stands in the record beside the import.",
        error_messages={"required": "Say why; it stands in the record."},
    )
    use_required_attribute = False
