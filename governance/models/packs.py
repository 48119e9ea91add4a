"""Board packs: facts frozen as canonical JSON, and the files printed from them."""

from typing import ClassVar

from django.db import models

from mspgov.tenancy.columns import EngagementModel, history
from mspgov.tenancy.models import Person


class Pack(EngagementModel):
    """The pack of a quarter. `facts` is canonical text, never reordered; `content_sha256` is that of the facts without
    number and instant, so that asking again for the same quarter with the same figures gives the same pack.

    A draft is drawn anew while a month of its quarter is not sealed; a frozen one never changes.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        FROZEN = "frozen", "Frozen"

    TRANSITIONS: ClassVar = {
        "draw anew": ({State.DRAFT}, State.DRAFT),
        "freeze": ({State.DRAFT}, State.FROZEN),
    }
    FILES: ClassVar = {"A4": "pdf", "Letter": "pdf_letter"}

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    quarter = models.CharField(max_length=7, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    facts = models.TextField(editable=False)
    facts_sha256 = models.CharField(max_length=64, editable=False)
    content_sha256 = models.CharField(max_length=64, editable=False)
    frozen_at = models.DateTimeField(editable=False)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    pdf = models.ForeignKey("records.File", models.PROTECT, related_name="+", null=True, editable=False)
    pdf_letter = models.ForeignKey("records.File", models.PROTECT, related_name="+", null=True, editable=False)
    pages = models.IntegerField(default=0, editable=False)
    history = history()
    _history_user: Person | None

    class Meta(EngagementModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "quarter"], name="pack_draft_once", condition=models.Q(state="draft")
            ),
        ]
        indexes = [models.Index(fields=["tenant", "engagement", "-quarter", "-id"], name="pack_latest")]

    def __str__(self) -> str:
        return f"pack {self.quarter}"
