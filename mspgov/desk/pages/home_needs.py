"""What needs a person, from facts only: money, what is late, what comes. Each row says what it is about and what to do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.policy import IMPORT_TERMS
from costs.policy import APPROVE_WAIVERS, MEASURE, REPORT_VALUES, SEAL_MONTHS, SET_CHARGES
from costs.queries.changes import changes
from engagements.policy import WRITE_VENDORS
from itsm.policy import IMPORT_TICKETS
from mspgov.desk import policy
from mspgov.desk.owners.queries import gaps
from mspgov.desk.queries.needs import (
    HeadedForAMiss,
    Owed,
    asked_waivers,
    failed_runs,
    headed_for_a_miss,
    owed_by,
    rejected_rows,
)
from mspgov.desk.queries.standing import Standing
from mspgov.jobs.services import may_handle
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import shown
from mspgov.obligations.models import Obligation
from mspgov.obligations.policy import READ_OBLIGATIONS
from mspgov.obligations.shown import when_owed
from mspgov.tenancy.policy import WRITE_OFFICES, Permission
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action, HomeRow, HomeSection, Link, Phrase
from mspgov.web.doors import Request

from . import home_credits
from .sayings import day, number

MOST_OWED = 20
MONEY, LATE, BEGIN, COMING = "Money", "Late", "To begin", "Coming"


@dataclass(frozen=True)
class Need:
    """A row of home and its group. `mine`: the reader can act on it; `worth` orders what is money (minor units)."""

    group: str
    row: HomeRow
    mine: bool
    worth: int = 0


def needs(request: Request, standings: Sequence[Standing], at: datetime, *, forecasts: bool = True) -> list[Need]:
    """Everything that waits, as far as the reader may see it; what nobody of the reader's roles can act on and is no
    money is left out."""
    asks = _Asks(request, standings, at)
    found: list[Need] = []
    for ask in asks.in_order():
        for standing in standings:
            found += ask(standing)
    found += asks.of_obligations(at)
    found += asks.of_offices(at)
    found += asks.of_runs(at)
    if forecasts:
        found += [asks.forecast(each, standings) for each in headed_for_a_miss(standings)]
    return found


def sections(wanted: Sequence[Need]) -> list[HomeSection]:
    """The groups in order of consequence; the first action of the page is filled, and the first row that is the
    reader's and late is urgent."""
    made, filled = [], False
    for label in (MONEY, LATE, BEGIN, COMING):
        inside = sorted((need for need in wanted if need.group == label), key=lambda need: (not need.mine, -need.worth))
        rows = []
        for need in inside:
            row = need.row
            if not filled and need.mine and row.actions:
                first = replace(row.actions[0], kind="filled")
                row, filled = replace(row, actions=(first, *row.actions[1:]), urgent=label == LATE), True
            rows.append(row)
        if rows:
            made.append(HomeSection(label, tuple(rows)))
    return made


class _Asks:
    """Makes the rows of one reader."""

    def __init__(self, request: Request, standings: Sequence[Standing], at: datetime) -> None:
        self.request = request
        seals = self.holds(SEAL_MONTHS) or self.holds(MEASURE)
        unsealed = [standing.engagement for standing in standings if standing.unsealed]
        self.changes = changes(unsealed) if seals and unsealed else None
        self.waivers = asked_waivers(request.user) if self.holds(APPROVE_WAIVERS) else ()
        shown = {line.number for each in standings for line in home_credits.waiting(each)}
        self.owed = Owed()
        if self.holds(READ_OBLIGATIONS):
            self.owed = owed_by(request.member, at, credits=shown, most=MOST_OWED)

    def changed(self, standing: Standing, month: Month) -> str:
        """What came after a month was measured, in words."""
        lines = standing.results.get(month, ())
        return self.changes.since(standing.engagement.pk, month, lines) if self.changes else ""

    def holds(self, permission: Permission) -> bool:
        return self.request.member.holds(permission)

    def action(self, permission: Permission, label: str, route: str, **asked: object) -> tuple[Action, ...]:
        return (Action(label, here(self.request, route, **asked)),) if self.holds(permission) else ()

    def open(self, route: str, *which: object, **asked: object) -> tuple[Action, ...]:
        address = elsewhere(self.request, route, *which, **asked)
        return (Action("Open", address, "text"),) if address else ()

    def titled(self, standing: Standing, words_: str) -> Phrase:
        return (Link(standing.engagement.name, here(self.request, "desk:hub", standing.engagement.slug)), f": {words_}")

    def in_order(self) -> tuple[Callable[[Standing], Iterator[Need]], ...]:
        """What is asked of every engagement, by consequence; a standing without money has none to ask about."""
        return (self.to_begin, self.reviewed, self.charges, self.seals, self.values, self.vendors)

    def to_begin(self, standing: Standing) -> Iterator[Need]:
        """What a new engagement wants first: terms, then tickets, then a measurement."""
        slug = standing.engagement.slug
        if standing.contract is None:
            acts = self.action(IMPORT_TERMS, "Import terms", "contracts:import")
            text = "Its terms make the contract: service levels, calendars and what a miss costs."
            row = HomeRow("Contract", "not there yet", self.titled(standing, "has no contract"), text, acts)
        elif not standing.tickets_imported and not standing.results:
            address = elsewhere(self.request, "itsm:import-new", engagement=slug)
            acts = (Action("Import tickets", address),) if address and self.holds(IMPORT_TICKETS) else ()
            text = (
                "Upload the log of the ticket system; you see row by row what will happen before anything is written."
            )
            row = HomeRow("Tickets", "none yet", self.titled(standing, "has no tickets"), text, acts)
        elif not standing.results:
            acts = self.action(MEASURE, "Measure", "costs:months", engagement=slug)
            text = "Tickets are there, and no month was measured yet."
            row = HomeRow("Results", "none yet", self.titled(standing, "nothing is measured"), text, acts)
        else:
            return
        if acts:
            yield Need(BEGIN, row, True)

    def reviewed(self, standing: Standing) -> Iterator[Need]:
        """Credits to answer, disputes to decide, claims without a credit note, agreed credits that nobody has claimed."""
        for row, mine, worth in home_credits.rows(self.request, standing, self.titled, self.waivers, self.owed.mine):
            yield Need(MONEY, row, mine, worth)

    def charges(self, standing: Standing) -> Iterator[Need]:
        for month in standing.charges_missing:
            missed = standing.missed(month)
            acts = self.action(
                SET_CHARGES, "Set charges", "costs:charges", engagement=standing.engagement.slug, month=month
            )
            text = "Credits are taken of the charges: the month earns nothing until they are set."
            if missed:
                text = f"{words.counted(len(missed), 'service level')} missed. {text}"
            row = HomeRow(month.name, "charges missing", self.titled(standing, "charges missing"), text, acts)
            if acts:
                yield Need(MONEY, row, True)

    def values(self, standing: Standing) -> Iterator[Need]:
        """Values that somebody has to report, by month."""
        for month in standing.unsealed:
            lines = standing.values_missing(month)
            acts = self.action(
                REPORT_VALUES, "Report value", "costs:report-value", engagement=standing.engagement.slug, month=month
            )
            if lines and acts:
                names = ", ".join(line.level_name for line in lines)
                count = words.counted(len(lines), "value")
                yield Need(
                    LATE,
                    HomeRow(
                        month.name,
                        f"{count} missing",
                        self.titled(standing, "a reported value is missing"),
                        f"{names}: no ticket measures it. Without a value it counts as not measured.",
                        acts,
                    ),
                    True,
                )

    def seals(self, standing: Standing) -> Iterator[Need]:
        """Months that are over and not sealed, the earliest first; and one that was not measured."""
        slug = standing.engagement.slug
        for month in standing.unsealed:
            if changed := self.changed(standing, month):
                yield from self.measure_again(standing, month, changed)
                continue
            acts = self.action(SEAL_MONTHS, "Seal month", "costs:seal", engagement=slug, month=month)
            if not acts:
                continue
            missed, measured = standing.missed(month), standing.measured(month)
            text = f"{len(missed)} of {len(measured)} service levels missed."
            total = standing.sum_of(standing.credits_in(month))
            text += f" {total} in credits follow." if total and total.units else ""
            row = HomeRow(
                month.name,
                f"over since {day(month.last_day)}",
                self.titled(standing, f"{month.month_name} is not sealed"),
                f"{text} Until the seal, figures can still change.",
                (*acts, *self.open("itsm:performance", engagement=slug)),
            )
            yield Need(LATE, row, True)
        before = standing.unmeasured
        if before is not None and self.holds(MEASURE):
            acts = self.action(MEASURE, "Measure", "costs:months", engagement=slug)
            row = HomeRow(
                before.name,
                f"over since {day(before.last_day)}",
                self.titled(standing, f"{before.month_name} is not measured"),
                "The month is over. Import its tickets, then measure it.",
                acts,
            )
            yield Need(LATE, row, True)

    def measure_again(self, standing: Standing, month: Month, changed: str) -> Iterator[Need]:
        acts = self.action(MEASURE, "Measure", "costs:months", engagement=standing.engagement.slug)
        row = HomeRow(
            month.name,
            "changed since measured",
            self.titled(standing, f"{month.month_name} is to be measured again"),
            f"After it was measured, {changed}. It can be sealed once it is measured again.",
            acts,
        )
        if acts:
            yield Need(LATE, row, True)

    def vendors(self, standing: Standing) -> Iterator[Need]:
        names = standing.vendors_undecided
        address = elsewhere(self.request, "engagements:vendors", engagement=standing.engagement.slug, party="unknown")
        if not names or not address or not self.holds(WRITE_VENDORS):
            return
        count = len(names)
        named = ", ".join(names[:3]) + (f" and {count - 3} more" if count > 3 else "")
        row = HomeRow(
            words.counted(count, "vendor"),
            "party not decided",
            self.titled(standing, f"whose {'is' if count == 1 else 'are'} {named}?"),
            "Waiting for a vendor stops a clock only when it is known to be the client's own.",
            (Action("Decide", address),),
        )
        yield Need(LATE, row, True)

    def of_obligations(self, at: datetime) -> Iterator[Need]:
        """What the reader has to hand in, accept or answer within a week, or is late, and what they wrote that came back."""
        for each in self.owed.soon:
            page = here(self.request, "obligations:obligation", each.public_id)
            late = each.state in Obligation.OWED and each.due_at <= at
            title: Phrase = (Link(each.record.title, page), f": {each.get_state_display().lower()}")
            text = each.engagement.name if each.engagement else ""
            row = HomeRow(*when_owed(each, at), title, text, (Action("Open", page),))
            yield Need(LATE if late else COMING, row, True)

    def of_offices(self, at: datetime) -> Iterator[Need]:
        """Service domains for which nobody is accountable today, for those who name owners."""
        if not self.holds(WRITE_OFFICES):
            return
        for gap in gaps(self.request.tenant, at):
            page = here(self.request, "desk:owner", gap.domain.public_id)
            title: Phrase = (Link(gap.domain.name, page), f": {gap.why}")
            text = f"{gap.domain.engagement.name}. What is late or in breach goes to everybody who holds the role until somebody is named."
            name = Action("Name an owner", here(self.request, "desk:owner-name", gap.domain.public_id))
            yield Need(LATE, HomeRow("No owner", "of a service domain", title, text, (name,)), True)

    def of_runs(self, at: datetime) -> Iterator[Need]:
        """Runs that failed, and imports with rows that could not be read."""
        if self.holds(policy.READ_RUNS):
            for run in failed_runs(at):
                if not may_handle(self.request.member, run.kind):
                    continue
                again = Action("Try again", here(self.request, "desk:run-again", run.id), post=True)
                aside = Action("Set aside", here(self.request, "desk:run-cancel", run.id), "text", post=True)
                acts = (again, *self.open("desk:run", run.id), aside)
                row = HomeRow("Failed", day(run.ended_at or run.asked_at), run.title, run.error or "It stopped.", acts)
                yield Need(LATE, row, True)
        if self.holds(IMPORT_TICKETS):
            for each in rejected_rows(at):
                address = elsewhere(self.request, "itsm:import", each.id)
                row = HomeRow(
                    words.counted(each.count, "row"),
                    f"rejected, {day(each.at)}",
                    f"{each.file}: rows that could not be read",
                    f"{each.count:,} of {each.read:,} rows; their tickets are left out and count in no month.",
                    (Action("See rows", address),) if address else (),
                )
                yield Need(LATE, row, bool(address))

    def forecast(self, each: HeadedForAMiss, standings: Sequence[Standing]) -> Need:
        """A service level that is set to miss its bound in the running month."""
        heading = each.heading
        address = elsewhere(self.request, "itsm:performance", engagement=each.slug)
        standing = next(one for one in standings if one.engagement.slug == each.slug)
        to_date = words.number(100 * heading.met / heading.total, 2) if heading.total else None
        text = f"{to_date} % to date" if to_date else "Nothing decided yet"
        text += f" against {words.number(heading.bound, 2)} %."
        if heading.at_end is not None:
            text += f" At today's pace it ends at {shown(heading.at_end, 2)} %."
        if heading.slack >= 0:
            text += f" {words.counted(heading.slack, 'more late ticket')} and it misses; {number(heading.late_coming).lower()} are to be expected."
        return Need(
            COMING,
            HomeRow(
                day(each.month.next.first_day),
                "forecast",
                self.titled(standing, f"{each.level_name} is set to miss its minimum in {each.month.month_name}"),
                text,
                (Action("See forecast", address, "text"),) if address else (),
            ),
            mine=False,
        )
