"""What both sides may type about a proposed credit: an answer, a decision, a reason."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from itsm.models import Exclusion
from mspgov.kernel.refusals import Refused
from mspgov.records.gate import media_type_of
from mspgov.web.talk import CommentForm, FilesField

LINES = {"rows": 4}
LONGEST = 4000
MOST_BOXES = 40  # late tickets that stand as boxes; more are typed
KINDS = [
    ("relief_time", "A relief event: time of the clock that is not the provider's"),
    (Exclusion.Kind.RELIEF.value, "A relief event: the ticket does not count"),
    (Exclusion.Kind.CLIENT_FAULT.value, "The client's fault"),
    (Exclusion.Kind.DUPLICATE.value, "A duplicate of another ticket"),
]


class ReasonField(forms.CharField):
    """Why somebody does it, for both sides to read. Too long a text stays as it was typed, with the message beside it: a
    browser would cut a pasted one."""

    def __init__(self, **given: Any) -> None:
        asked: dict[str, Any] = {"label": "Reason, both sides read it", "widget": forms.Textarea(LINES), **given}
        super().__init__(**asked)
        self.validators.append(at_most)


def at_most(text: str) -> None:
    if len(text) > LONGEST:
        raise forms.ValidationError(f"At most {LONGEST:,} characters; these are {len(text):,}")


class Sometimes:
    """A field that some answers need: it is neither marked as optional nor asked for by the browser; the form says when
    it is needed."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.widget.use_required_attribute = lambda initial: False  # type: ignore[attr-defined]

    def validate(self, value: Any) -> None:
        if value not in self.empty_values:  # type: ignore[attr-defined]
            super().validate(value)  # type: ignore[misc]


class ReasonSometimes(Sometimes, ReasonField):
    pass


class TextSometimes(Sometimes, forms.CharField):
    pass


class NumberSometimes(Sometimes, forms.DecimalField):
    pass


class ChoiceSometimes(Sometimes, forms.ChoiceField):
    pass


class EvidenceField(FilesField):
    """Files, of which every one that is not taken is named, not the first alone."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = [each for each in (data if isinstance(data, (list, tuple)) else [data]) if each]
        wrong = []
        for file in given:
            try:
                media_type_of(file.name, file.size, file)
            except Refused as no:
                wrong.append(str(no))
        if wrong:
            raise forms.ValidationError(wrong)
        return super().clean(given, initial)


class AsksForm(forms.Form):
    """Late tickets, and what is asked or granted for them; `asks()` gives them one by one."""

    widths: dict[str, str] = {"minutes": "half", "duplicate_of": "half"}

    tickets = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    kind = ChoiceSometimes(
        label="What it is", choices=[("", "Choose"), *KINDS], help_text="Needed where tickets are named"
    )
    minutes = NumberSometimes(
        label="Minutes relieved",
        min_value=Decimal("0.01"),
        max_value=Decimal(5_000_000),
        decimal_places=2,
        help_text="Of the level's clock, for each ticket; only for a relief event in time",
    )
    duplicate_of = TextSometimes(
        label="Duplicate of", max_length=100, help_text="The number of the other ticket; only for a duplicate"
    )

    def __init__(self, *args: Any, late: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tickets"] = forms.MultipleChoiceField(
            label="Late tickets", required=False, choices=list(late), widget=forms.CheckboxSelectMultiple
        )
        if len(late) > MOST_BOXES:
            self.fields["tickets"] = forms.CharField(
                label="Late tickets", required=False, max_length=20_000, widget=forms.Textarea({"rows": 2}),
                help_text=f"Numbers of some of the {len(late)} late tickets, such as {late[0][0]}",
            )  # fmt: skip
            if isinstance(given := self.initial.get("tickets"), list):
                self.initial["tickets"] = " ".join(given)
        if not late:
            for name in ("tickets", "kind", "minutes", "duplicate_of"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if isinstance(typed := found.get("tickets"), str):
            found["tickets"] = list(dict.fromkeys(typed.replace(",", " ").split()))
        if not found.get("tickets"):
            return found
        kind = found.get("kind")
        if not kind:
            self.add_error("kind", "Say what the tickets are")
        if kind == "relief_time" and not found.get("minutes") and "minutes" not in self.errors:
            self.add_error("minutes", "Say how many minutes are relieved")
        if kind == Exclusion.Kind.DUPLICATE and not found.get("duplicate_of"):
            self.add_error("duplicate_of", "Name the other ticket")
        return found

    def asks(self) -> list[dict[str, Any]]:
        """Number, kind, relieved seconds and the other ticket's number of each ticket chosen."""
        found = self.cleaned_data
        kind = found.get("kind") or ""
        seconds = round(found["minutes"] * 60) if kind == "relief_time" else None
        return [
            {
                "ticket": number,
                "kind": Exclusion.Kind.RELIEF.value if kind == "relief_time" else kind,
                "relief_seconds": seconds,
                "duplicate_of": found.get("duplicate_of", "") if kind == Exclusion.Kind.DUPLICATE else "",
            }
            for number in found.get("tickets", ())
        ]


class AnswerForm(AsksForm):
    """The provider's answer to a proposed credit."""

    segmented = ("answer",)
    answer = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("accept", "Accept"), ("reserve", "Accept under reservation"), ("dispute", "Dispute")],
    )
    text = ReasonSometimes(label="Comment", help_text="Both sides read it; a reservation and a dispute need it")
    evidence = EvidenceField(label="Evidence", required=False, help_text="Files that show it, up to 50 MB each")
    field_order = ("answer", "text", "tickets", "kind", "minutes", "duplicate_of", "evidence")

    def __init__(self, *args: Any, reserved: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reserved:  # it is accepted already: what is left is to dispute it
            self.fields["answer"].choices = [("dispute", "Dispute")]  # type: ignore[attr-defined]
            self.initial.setdefault("answer", "dispute")

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        wanted = {"dispute": "Say what is disputed and why", "reserve": "Say what is reserved"}
        if (why := wanted.get(found.get("answer", ""))) and not (found.get("text") or "").strip():
            self.add_error("text", why)
        if found.get("tickets") and found.get("answer") != "dispute":
            self.add_error("tickets", "Tickets are named in a dispute only")
        said = any(found.get(name) for name in ("kind", "minutes", "duplicate_of"))
        if found.get("answer") == "dispute" and said and not found.get("tickets") and "tickets" not in self.errors:
            self.add_error("tickets", "Name the tickets that this is about")
        return found


class AcceptManyForm(forms.Form):
    """What the provider says with the acceptance of several credits."""

    text = ReasonField(label="Comment", required=False, help_text="Both sides read it with each credit")


class DecisionForm(AsksForm):
    """The client's decision: first both outcomes are asked for, then one of their two buttons says which."""

    decision = forms.ChoiceField(
        required=False, widget=forms.RadioSelect, choices=[("refuse", "Refuse: the credit stays"), ("grant", "Grant")]
    )
    reason = ReasonField()
    value = forms.DecimalField(
        label="Value instead, %", required=False, min_value=Decimal(0), max_value=Decimal(100), decimal_places=10,
        help_text="What the month came to, where the reported value is wrong",
    )  # fmt: skip
    field_order = ("decision", "tickets", "kind", "minutes", "duplicate_of", "value", "reason")

    def __init__(self, *args: Any, reported: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not reported:
            del self.fields["value"]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if found.get("decision") == "grant" and not found.get("tickets") and found.get("value") is None:
            self.add_error(None, "Name what is granted: late tickets, or the value of a reported level")
        return found

    @property
    def is_grant(self) -> bool:
        return bool(self.cleaned_data.get("decision") == "grant")

    @property
    def is_refusal(self) -> bool:
        return bool(self.cleaned_data.get("decision") == "refuse")


def initial_asks(asks: Sequence[Any]) -> Mapping[str, Any]:
    """What a dispute asks, as the form of a decision shows it; the first ticket's kind stands for all."""
    if not asks:
        return {}
    first = asks[0]
    timed = first.relief_seconds is not None
    return {
        "tickets": [ask.ticket for ask in asks],
        "kind": "relief_time" if timed else first.kind,
        "minutes": (Decimal(first.relief_seconds) / 60).quantize(Decimal("0.01")).normalize() if timed else None,
        "duplicate_of": first.duplicate_of,
    }


class ReasonForm(forms.Form):
    reason = ReasonField()


class WaiverForm(forms.Form):
    """The second person's word on a waiver."""

    segmented = ("decision",)
    decision = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("approve", "Approve: the credit is given up"), ("refuse", "Refuse")]
    )
    answer = ReasonSometimes(help_text="A refusal needs it")


__all__ = ["AcceptManyForm", "AnswerForm", "CommentForm", "DecisionForm", "ReasonForm", "WaiverForm", "initial_asks"]
