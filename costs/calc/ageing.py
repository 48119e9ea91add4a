"""How long credits wait at each stage of their way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mspgov.kernel.money import Money

STAGES = ("proposed", "agreed", "claimed", "documented", "applied")
LINES = ("proposed", "disputed", *STAGES[1:])


@dataclass(frozen=True)
class Ages:
    """When a credit came to each stage; None where it has not. A credit that is disputed is still proposed, and since
    `disputed_at` waits for a decision."""

    proposed_at: datetime
    agreed_at: datetime | None = None
    claimed_at: datetime | None = None
    documented_at: datetime | None = None
    applied_at: datetime | None = None
    disputed_at: datetime | None = None

    def reached(self) -> list[tuple[str, datetime]]:
        """The stages that it has come to, in order."""
        found = ((stage, getattr(self, f"{stage}_at")) for stage in STAGES)
        return [(stage, at) for stage, at in found if at is not None]

    @property
    def stage(self) -> str:
        return self.reached()[-1][0]

    def days(self, now: datetime, time_zone: str) -> dict[str, int]:
        """Calendar days of the zone spent at each stage reached; the last goes on until now, except the end of the way."""
        reached = self.reached()
        ends = [*(at for _, at in reached[1:]), now]
        found = {}
        for (stage, begins), ends_at in zip(reached, ends, strict=True):
            until = begins if stage == STAGES[-1] else max(ends_at, begins)
            found[stage] = days_since(begins, until, time_zone)
        return found


@dataclass(frozen=True)
class StageLine:
    """The credits that stand at a stage, or are disputed: how many, what they come to, how long the oldest has been there."""

    stage: str
    count: int
    amount: Money
    oldest_days: int


def ageing(
    credits: Iterable[tuple[Ages, Money]], now: datetime, time_zone: str, currency: str
) -> tuple[StageLine, ...]:
    """One line a stage, in order, also where nothing stands; those that are disputed have their own, beside proposed."""
    lines = {stage: [0, 0, 0] for stage in LINES}
    for ages, amount in credits:
        disputed = ages.disputed_at if ages.stage == STAGES[0] else None
        days = ages.days(now, time_zone)[ages.stage] if disputed is None else days_since(disputed, now, time_zone)
        line = lines["disputed" if disputed else ages.stage]
        line[0] += 1
        line[1] += amount.units
        line[2] = max(line[2], days)
    return tuple(
        StageLine(stage, count, Money.of_units(units, currency), oldest)
        for stage, (count, units, oldest) in lines.items()
    )


def days_since(began: datetime, until: datetime, time_zone: str) -> int:
    """Calendar days of the zone between two instants."""
    zone = ZoneInfo(time_zone)
    return (until.astimezone(zone).date() - began.astimezone(zone).date()).days
