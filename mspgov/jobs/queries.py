"""Runs as pages and the API show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from .models import Run


@dataclass(frozen=True)
class RunLine:
    """A run in a list: `share` is how much is done, 0 to 1, or None before the first step says how much there is."""

    id: str
    kind: str
    title: str
    state: str
    state_label: str
    done: int
    total: int
    share: float | None
    attempt: int
    error: str
    result: Any
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    by: str
    is_open: bool

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None while nobody can know."""
        if not (self.is_open and self.share and self.began_at):
            return None
        spent = (datetime.now(self.began_at.tzinfo) - self.began_at).total_seconds()
        return spent / self.share * (1 - self.share)


def run_line(run: Run) -> RunLine:
    return RunLine(
        id=str(run.public_id),
        kind=run.kind,
        title=run.title or run.kind,
        state=run.state,
        state_label=run.get_state_display(),
        done=run.done_steps,
        total=run.total_steps,
        share=run.done_steps / run.total_steps if run.total_steps else None,
        attempt=run.attempt,
        error=run.error,
        result=run.result,
        asked_at=run.asked_at,
        began_at=run.began_at,
        ended_at=run.ended_at,
        by=run.started_by.name if run.started_by else "",
        is_open=run.is_open,
    )


def runs() -> "models.QuerySet[Run]":
    """The runs inside the reader's wall, the latest first, with who asked."""
    return Run.objects.select_related("started_by", "engagement").order_by("-asked_at", "-pk")
