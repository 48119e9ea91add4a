"""A run as the API shows it: in its own collection, and wherever asking for work is answered by 202 with the run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mspgov.jobs.models import Run


@dataclass(frozen=True)
class RunRow:
    """A run: how far it is and what came of it."""

    id: UUID
    engagement: str | None
    kind: str
    title: str
    state: str
    done: int
    total: int
    attempt: int
    result: Any
    error: str
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    by: str | None


def run_row(run: Run) -> RunRow:
    """Of a run whose engagement and asker are joined."""
    return RunRow(
        id=run.public_id,
        engagement=run.engagement.slug if run.engagement else None,
        kind=run.kind,
        title=run.title or run.kind,
        state=run.state,
        done=run.done_steps,
        total=run.total_steps,
        attempt=run.attempt,
        result=run.result,
        error=run.error,
        asked_at=run.asked_at,
        began_at=run.began_at,
        ended_at=run.ended_at,
        by=run.started_by.name if run.started_by else None,
    )
