"""The page of credits in components."""

from collections.abc import Sequence
from dataclasses import dataclass

from costs import policy
from costs.queries import ContractYear, CreditLine, CreditPage, CreditsView, Group, LedgerLine, MonthBar, PathStep
from mspgov.kernel.money import Money
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import (
    Action,
    Bar,
    Bars,
    Cell,
    Column,
    DataTable,
    Derivation,
    Figure,
    Figures,
    Link,
    PageHead,
    PathPoint,
    Phrase,
    Row,
    SectionHead,
    StatePath,
)
from mspgov.web.doors import Request

from .parts import day, derivation, due, moment, percent, signed
from .review_parts import Discussion, discussion, main_action, note


def chosen_of(view: CreditsView, asked: str, *, answers: bool = False) -> CreditLine | None:
    """The credit that the address names; else for somebody who answers credits the one whose answer is due first, else
    the first of the list; None where there is none."""
    lines = [line for group in view.groups for line in group.lines]
    owed = sorted((line for line in lines if line.answer_due_at and line.amount), key=lambda line: line.answer_due_at) if answers else []  # type: ignore[arg-type, return-value]  # fmt: skip
    proposed = [line for line in lines if line.group == "proposed"] if answers else []
    first = next(iter((*owed, *proposed, *lines)), None)
    return next((line for line in lines if line.id == asked), first)


def credits_head(
    request: Request, engagement: Engagement, view: CreditsView, page: CreditPage | None = None
) -> PageHead:
    """Filled is what waits for the reader at the opened credit, else the seal of a month."""
    waiting = [bar for bar in view.bars if bar.sealed_at is None]
    actions = []
    if first := main_action(request, page.review if page else None):
        actions.append(first)
    elif waiting and request.member.holds(policy.SEAL_MONTHS):
        month = waiting[0].month
        address = here(request, "costs:seal", engagement=engagement.slug, month=month)
        actions.append(Action(f"Seal {month.name}", address, "filled"))
    export = here(request, "costs:credits-export", engagement=engagement.slug)
    actions.append(Action("Export", export, icon="download"))
    return PageHead("Credits", view.sentence, state_words(view, waiting), actions=tuple(actions))


def state_words(view: CreditsView, waiting: Sequence[MonthBar]) -> str:
    told = []
    if view.bars and view.bars[-1].amount:
        latest = view.bars[-1]
        told.append(
            f"{latest.month.name} earned {latest.amount}{' at its cap' if latest.capped and not latest.waived else ''}."
        )
    if waiting:
        names = "It" if told and waiting[0] is view.bars[-1] else words.months([bar.month for bar in waiting])
        told.append(f"{names} {'is' if len(waiting) == 1 else 'are'} not sealed: amounts can still change.")
    if view.charges_missing:
        told.append(f"Charges are missing for {words.months(view.charges_missing)}, so nothing is earned there.")
    return " ".join(told)


def figures(request: Request, engagement: Engagement, view: CreditsView) -> Figures:
    """Open sums by state, the latest month against its cap, the contract year, what was earned back."""
    shown = [group_figure(request, engagement, group) for group in view.groups if group.key != "settled"]
    if not shown:
        shown = [Figure(f"Proposed, {view.currency}", signed(Money.zero(view.currency)), size=28, sub="no credit")]
    if view.bars:
        shown.append(month_figure(request, engagement, view.bars[-1]))
    if view.year:
        year, of = view.year, not_agreed(view.year)
        if year.share is not None and year.at_risk is not None:
            of = "; ".join(filter(None, (of, f"{year.share} % of {signed(year.at_risk)} at risk")))
        link = here(request, "costs:ledger", engagement=engagement.slug)
        shown.append(Figure(f"Earned, year {year.number}, {view.currency}", signed(year.amount), link, sub=of, size=28))
    if view.owing:
        claims = here(request, "costs:claims", engagement=engagement.slug)
        sub = f"to {engagement.provider.name}, {words.counted(len(view.owing), 'credit')}"
        shown.append(Figure(f"Owed back, {view.currency}", signed(view.owed_back), claims, sub=sub, size=28))
    returned = [line for group in view.groups for line in group.lines if line.earned_back]
    if returned:
        back = Money.of_units(sum(line.earned_back.units for line in returned), view.currency)
        shown.append(
            Figure(f"Earned back, {view.currency}", signed(back), sub=words.counted(len(returned), "credit"), size=28)
        )
    return Figures(tuple(shown))


def group_figure(request: Request, engagement: Engagement, group: Group) -> Figure:
    first = here(request, "costs:credits", engagement=engagement.slug, credit=group.lines[0].id)
    names = words.months(list({line.month for line in group.lines}))
    sub = (
        f"{words.counted(group.count, 'credit')}, {names}" if len(names) < 40 else words.counted(group.count, "credit")
    )
    if group.key == "applied" and any(line.owed_back for line in group.lines):
        noted = Money.of_units(sum(line.noted.units for line in group.lines), group.amount.currency)
        sub = f"{sub}; by credit notes {signed(noted)}"
    return Figure(f"{group.label}, {group.amount.currency}", signed(group.amount), first, sub=sub, size=28)


def month_figure(request: Request, engagement: Engagement, bar: MonthBar) -> Figure:
    link = here(request, "costs:months", engagement=engagement.slug)
    sub = "charges missing" if bar.charges is None else "no cap"
    if bar.cap:
        sub = f"{'capped at' if bar.capped and not bar.waived else 'of at most'} {signed(bar.cap)}"
    return Figure(f"{bar.month.name}, {bar.amount.currency}", signed(bar.amount), link, sub=sub, size=28)


def credits_table(
    request: Request, engagement: Engagement, view: CreditsView, chosen: CreditLine | None
) -> DataTable | None:
    """The credits by state; the opened one is marked."""
    if not view.groups:
        return None
    rows = []
    for group in view.groups:
        for place, line in enumerate(group.lines):
            address = here(request, "costs:credits", engagement=engagement.slug, credit=line.id)
            cells = (
                Cell(line.service_level_name, credit_sub(line), address, head=True),
                Cell(percent(line.attainment), quiet=True),
                Cell(signed(line.amount), "of " + signed(line.before_cap) if line.group == "settled" else "", address),
            )
            label, count = (group.label, str(group.count)) if place == 0 else ("", "")
            rows.append(
                Row(
                    cells,
                    address,
                    key=line.id,
                    selected=chosen is not None and line.id == chosen.id,
                    group=label,
                    group_count=count,
                )
            )
    total = None
    if view.year:
        so_far = "" if view.bars and view.bars[-1].month == view.year.last else ", so far"
        told = [not_agreed(view.year), f"without {signed(view.year.waived)} waived" if view.year.waived else ""]
        earned = Cell(f"Earned in contract year {view.year.number}{so_far}", "; ".join(filter(None, told)), head=True)
        total = Row((earned, Cell(), Cell(signed(view.year.amount))))
    columns = (Column("Credit"), Column("Attainment", numeric=True), Column(f"Amount, {view.currency}", numeric=True))
    return DataTable(
        "Credits by state",
        columns,
        tuple(rows),
        total,
        headless=True,
        keys=True,
        selectable=bool(selection_actions(request, view)),
    )


def selection_actions(request: Request, view: CreditsView) -> tuple[Action, ...]:
    """What can be done to several credits at once: who answers them accepts proposed ones."""
    proposed = any(group.key == "proposed" for group in view.groups)
    if not (proposed and request.member.holds(policy.ANSWER_CREDITS)):
        return ()
    return (Action("Accept", here(request, "costs:credits-accept")),)


def not_agreed(year: ContractYear) -> str:
    """How much of a year's sum nobody has agreed on yet: `of it 3,157.50 proposed, 4,210.00 disputed`."""
    parts = [f"{signed(amount)} {word}" for amount, word in ((year.proposed, "proposed"), (year.disputed, "disputed")) if amount]  # fmt: skip
    return f"of it {', '.join(parts)}" if parts else ""


def credit_sub(line: CreditLine) -> str:
    return f"{line.month.name}{', capped' if line.capped else ''}, {line.number}"


def list_note(view: CreditsView) -> str:
    """Who earned none, until when nothing could be earned, and when what was earned goes back."""
    told = []
    if view.without_credit and view.year:
        earned = "earned no credit in this contract year."
        told.append(f"{words.counted(view.without_credit, 'service level')} {earned}")
    if view.ramp_up_until:
        told.append(f"Ramp-up ended {full(view.ramp_up_until)}.")
    if view.year and view.year.earn_back_on:
        told.append(f"Earn-back is judged on {full(view.year.earn_back_on)}; at today's means {earners(view.year.earning_back)}.")  # fmt: skip
    return " ".join(told)


def earners(names: Sequence[str]) -> str:
    """`P2 response and P4 resolution would earn their credits back`"""
    if not names:
        return "no service level with a credit would earn it back"
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    return f"{listed} would earn {'their' if len(names) > 1 else 'its'} credits back"


def full(on: object) -> str:
    return f"{on:%-d %B %Y}"


def bars_head(view: CreditsView) -> SectionHead | None:
    if not view.bars:
        return None
    hatched = "; hatched = disputed" if any(bar.disputed for bar in view.bars) else ""
    cut = [f"{bar.month.month_name} {signed(bar.before_cap)}" for bar in view.bars[-8:] if bar.capped]
    capped = f"; before the cap {', '.join(cut)}" if cut else ""
    return SectionHead("Against the cap", note=f"{view.currency}, by month{hatched}{capped}")


def bars(request: Request, engagement: Engagement, view: CreditsView) -> Bars | None:
    """The latest eight months; each bar opens the months."""
    shown = view.bars[-8:]
    if not shown:
        return None
    caps = {bar.cap.amount for bar in shown if bar.cap}
    cap = float(max(caps)) if caps else None
    cap_words = ""
    if caps:
        cap_words = f"cap {words.money(max(caps))}" if len(caps) == 1 else f"highest cap {words.money(max(caps))}"
    drawn = tuple(
        Bar(
            bar.month.month_name[:3],
            float(bar.amount.amount),
            signed(bar.amount),
            float(bar.disputed.amount),
            "",
            here(request, "costs:months", engagement=engagement.slug) + f"#m-{bar.month}",
        )
        for bar in shown
    )
    return Bars("Credits by month against the cap", drawn, cap, cap_words)


@dataclass(frozen=True)
class Opened:
    """One credit at the right: its name, amount, way, reasons, ledger and what stands beside it in its month."""

    title: str
    number: str
    amount: str
    path: StatePath
    reasons_head: SectionHead
    reasons: Derivation
    ledger_head: SectionHead
    ledger: DataTable
    month_head: SectionHead | None
    month: DataTable | None
    links: Phrase
    review: Discussion
    review_head: SectionHead


def opened(request: Request, page: CreditPage) -> Opened:
    line = page.line
    slug = line.engagement
    contract = contract_address(request, slug)
    ledger = here(request, "costs:ledger", engagement=slug)
    proof = elsewhere(request, "api:credits-detail", line.id)
    return Opened(
        title=f"{line.service_level_name}, {line.month.name}",
        number=line.number,
        amount=str(line.amount),
        path=StatePath(tuple(path_point(step) for step in page.path), label="Way of the credit"),
        reasons_head=SectionHead(
            f"How {line.amount + line.earned_back} comes about", link="As the API gives it" if proof else "", href=proof
        ),
        reasons=derivation(page.steps, contract),
        ledger_head=SectionHead("Ledger", note="entries are added, never changed", link="All entries", href=ledger),
        ledger=ledger_table(page.ledger, line.amount.currency),
        month_head=SectionHead(f"{line.month.name} together", note=month_note(page.month)) if page.siblings else None,
        month=month_table(request, page) if page.siblings else None,
        links=links(request, page),
        review=discussion(request, page.review),
        review_head=SectionHead("Review", note=note(page.review)),
    )


def ageing_table(view: CreditsView) -> DataTable | None:
    """How much stands at each stage, and how long the oldest of it does."""
    if not any(line.count for line in view.ageing):
        return None
    rows = tuple(
        Row(
            (
                Cell(line.stage.capitalize(), words.counted(line.count, "credit"), head=True),
                Cell(words.counted(line.oldest_days, "day") if line.count and line.stage != "applied" else ""),
                Cell(signed(line.amount)),
            )
        )
        for line in view.ageing
        if line.count or line.stage != "disputed"
    )
    if view.owing:
        back = Cell("Owed back", f"{words.counted(len(view.owing), 'credit')}, corrected after the note", head=True)
        rows = (*rows, Row((back, Cell(), Cell(signed(view.owed_back)))))
    columns = (Column("Stage"), Column("Oldest", numeric=True), Column(f"Amount, {view.currency}", numeric=True))
    return DataTable("Ageing of credits", columns, rows, density="close")


def contract_address(request: Request, slug: str) -> str:
    """Where the clauses can be read: the page of the engagement's contract."""
    return elsewhere(request, "contracts:contracts")


def path_point(step: PathStep) -> PathPoint:
    by_when = f"by {due(step.due_at)}" if step.due_at else ""
    sub = ", ".join(filter(None, (day(step.at), step.by, step.note, by_when)))
    states = {"done": "done", "now": "now", "ahead": "todo"}
    return PathPoint(step.label, sub, states[step.state])  # type: ignore[arg-type]


def ledger_table(entries: Sequence[LedgerLine], currency: str) -> DataTable:
    """The entries of a credit, the latest first: amount, what it replaces, why, by whom."""
    rows = tuple(
        Row(
            (
                Cell(entry.kind_label, entry.number, head=True),
                Cell(
                    entry.reason or reason_words(entry),
                    f"terms version {entry.terms_version}, rules {entry.rules_version}",
                ),
                Cell(moment(entry.at), entry.by),
                Cell(signed(entry.amount), standing_words(entry)),
            )
        )
        for entry in entries
    )
    columns = (
        Column("Entry", width="fit"),
        Column("Why"),
        Column("When", width="fit"),
        Column(f"Amount, {currency}", numeric=True),
    )
    return DataTable("Entries of this credit", columns, rows, density="close")


def standing_words(entry: LedgerLine) -> str:
    """`in force, 580.00 not claimed yet`: what has become of an entry, and what a correction left open of a noted claim."""
    if not entry.difference:
        return entry.standing
    owed = entry.difference.units < 0
    left = f"{signed(-entry.difference)} owed back" if owed else f"{signed(entry.difference)} not claimed yet"
    return f"{entry.standing}, {left}"


def reason_words(entry: LedgerLine) -> str:
    """Why an entry without a reason of its own was made."""
    if entry.kind == "earn_back":
        return "Earned back at the end of the contract year"
    if entry.before is not None:
        return f"Judged again: was {signed(entry.before)}; {entry.cause}"
    return "Follows from the month as measured"


def month_note(month: MonthBar | None) -> str:
    if month is None:
        return ""
    waived = f", {month.waived} waived" if month.waived else ""
    if month.cap is None:
        return f"{month.amount}{waived}"
    return f"{month.amount} of at most {month.cap}{', capped' if month.capped and not month.waived else ''}{waived}"


def month_table(request: Request, page: CreditPage) -> DataTable:
    rows = tuple(
        Row(
            (
                Cell(
                    line.service_level_name,
                    line.number,
                    here(request, "costs:credits", engagement=line.engagement, credit=line.id),
                    head=True,
                ),
                Cell(percent(line.attainment), quiet=True),
                Cell(signed(line.amount)),
            )
        )
        for line in page.siblings
    )
    columns = (Column("Credit"), Column("Attainment", numeric=True), Column("Amount", numeric=True))
    return DataTable("The other credits of the month", columns, rows, headless=True)


def links(request: Request, page: CreditPage) -> Phrase:
    """From the money back to the tickets."""
    line = page.line
    tickets = elsewhere(request, "itsm:level_month", line.engagement, line.service_level, line.month)
    months = here(request, "costs:months", engagement=line.engagement) + f"#m-{line.month}"
    month = page.month
    told: list[str | Link] = []
    if tickets:
        told += ["Back to ", Link(f"what {line.month.name} came to", tickets, "text"), " and its tickets. "]
    sealed = f"sealed {moment(month.sealed_at)}" if month and month.sealed_at else "not sealed"
    told += [Link(line.month.name, months, "text"), f" is {sealed}."]
    return tuple(told)
