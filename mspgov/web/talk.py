"""What was said about an object, on its page, and the form to say something: one for every app's own doors."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.utils import timezone

from mspgov.records.comments import Said as NewComment
from mspgov.records.comments import add_comment
from mspgov.records.models import Record
from mspgov.records.queries import CommentLine
from mspgov.tenancy.policy import Permission

from . import words
from .components import Said, Tag, Thread
from .doors import Request


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; cleaned to a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(each, initial) for each in given if each]


class CommentForm(forms.Form):
    text = forms.CharField(
        label="Comment", max_length=8000, widget=forms.Textarea({"rows": 3}),
        help_text="Both sides read it. An @ and a name tells that person.",
    )  # fmt: skip
    evidence = FilesField(label="Files", required=False, help_text="Up to 50 MB each.")


def thread_of(lines: Iterable[CommentLine], file_href: Callable[[UUID], str]) -> Thread:
    """Comments as a page shows them, times in the reader's zone."""
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    return Thread(
        tuple(
            Said(
                line.person,
                line.side,
                words.moment(line.at, today, zone),
                tuple(part for part in line.text.split("\n") if part.strip()),
                tuple(Tag(file.name, words.size(file.size), file_href(file.id)) for file in line.files),
                words.exactly(line.at, zone),
            )
            for line in lines
        )
    )


def say(
    request: Request, form: CommentForm, record: Record, *, reads: Permission, path: str, section: str = ""
) -> NewComment:
    """Keep a valid form's comment; whom it mentions in vain is told to whoever wrote it. Raises Refused."""
    files = [(file.name, file.size, file) for file in form.cleaned_data["evidence"]]
    said = add_comment(
        tenant=request.tenant, record=record, text=form.cleaned_data["text"], reads=reads, path=path, section=section,
        files=files, by=request.user, at=timezone.now(),
    )  # fmt: skip
    messages.success(request, "Said; both sides read it.")
    if said.unreached:
        names = words.listed(said.unreached)
        messages.error(request, f"Not told, because this is closed to them or they are not known here: {names}.")
    return said
