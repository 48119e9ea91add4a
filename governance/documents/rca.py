"""A submitted root cause on paper: what was asked, what was answered, what was decided; the same pages are the same bytes."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from governance.calc.causes import FULL
from governance.calc.effect import sentence
from governance.calc.rca_content import Content, read_date
from governance.calc.wording import instant
from governance.models import Action, Rca, RcaVersion
from governance.queries.rca_rules import Rules
from governance.queries.rcas import RcaPage
from mspgov.documents.press import Press, Printed
from mspgov.kernel.figures import place

from .shapes import Listing


@dataclass(frozen=True)
class RcaPaper:
    """What the template prints."""

    paper: str
    title: str
    created: str
    head: str
    parties: str
    foot: str
    draft: str
    number: str
    sha256: str
    heading: str
    facts: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str], ...]
    timeline: Listing
    causes: str
    whys: tuple[str, ...]
    actions: Listing
    tracked: Listing
    evidence: Listing
    tickets: str
    source: str


def rca_html(page: RcaPage, rules: Rules, *, client: str, currency: str, is_demo: bool) -> str:
    """The pages of the version that is shown, as it stands now."""
    return render_to_string(
        "governance/rca_paper.html",
        {"pages": lay_out(page, rules, client=client, currency=currency, is_demo=is_demo)},
    )


def print_html(html: str, shown: RcaVersion) -> Printed:
    """Their PDF. Raises PressFailed when a limit is met."""
    with Press() as press:
        return press.print(html, at=shown.at, identifier=shown.sha256[:32])


def lay_out(page: RcaPage, rules: Rules, *, client: str, currency: str, is_demo: bool) -> RcaPaper:
    row, content, shown, zone = page.row, page.content, page.shown, rules.zone
    at = shown.at if shown else row.demanded_at
    provider, number = row.engagement.provider.name, row.record.number
    return RcaPaper(
        paper="A4",
        title=f"{number}, version {shown.version if shown else 0}: {row.record.title}",
        created=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        head=f"{row.engagement.name}, {number}",
        parties=f"{client} with {provider}",
        foot=f"{number}, version {shown.version if shown else 0}, submitted {told(at, zone)} {place(zone.key)}" + (", demonstration data" if is_demo else ""),
        draft="",
        number=number,
        sha256=shown.sha256 if shown else "",
        heading=row.record.title,
        facts=facts(page, zone),
        words=tuple((label, text) for label, text in (
            ("Summary", content.summary), ("Impact", content.impact), ("People affected", content.people),
            (f"Cost, {currency}", content.cost), ("Contributing factors", content.factors), ("Next step to find out", content.next_step),
        ) if text.strip()),
        timeline=Listing("Timeline", f"Times in {place(zone.key)}.", ("When", "Who", "What happened"), tuple((e.when, e.who, e.what) for e in content.timeline)),
        causes="; ".join(FULL[key] for key in content.causes if not any(other.startswith(f"{key}.") for other in content.causes)),
        whys=tuple(why for why in content.whys if why.strip()),
        actions=planned(content, page.owners),
        tracked=tracked(page.actions, zone),
        evidence=Listing("Evidence", "" if page.evidence else "None was added.", ("File", "Bytes", "SHA-256"), tuple((e.file.name, f"{e.file.size:,}", e.file.sha256) for e in page.evidence)),
        tickets=", ".join(ticket.number for ticket in page.tickets[:120]) + (f" and {len(page.tickets) - 120} more" if len(page.tickets) > 120 else ""),
        source=f"Content SHA-256 {shown.sha256 if shown else ''}; submitted by {shown.by if shown else ''}.",
    )  # fmt: skip


def told(at: datetime, zone: ZoneInfo) -> str:
    return instant(at, zone.key)


def facts(page: RcaPage, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    """What was asked, and where it stands."""
    row = page.row
    by = f"{row.demanded_by or 'By rule'}, {told(row.demanded_at, zone)}" + (
        f", under {row.clause}" if row.clause else ""
    )
    found = [("Asked for", row.reason), ("Asked by", by), ("State", row.get_state_display())]
    if row.decided_at is not None:
        returned = {Rca.State.SUBMITTED: row.version - 1, Rca.State.RETURNED: row.version}.get(Rca.State(row.state))
        found.append(
            (
                f"Version {returned} returned" if returned else "Decided",
                f"{row.decided_by}, {told(row.decided_at, zone)}" + (f": {row.decision}" if row.decision else ""),
            )
        )
    if row.effect:
        said = f"{row.get_state_display()}. {sentence(row.effect)} {row.effect.get('reason', '')}"
        found.append(("Effect", said.strip()))
    return tuple(found)


def planned(content: Content, owners: dict[str, str]) -> Listing:
    def due(text: str) -> str:
        day = read_date(text)
        return f"{day.day} {day:%b %Y}" if day else text

    rows = tuple((a.what, owners.get(a.owner, ""), due(a.due), a.measure, a.evidence) for a in content.actions)
    return Listing("Corrective actions", "", ("What will be done", "Owner", "Due", "Success measure", "Evidence"), rows)


def tracked(actions: tuple[Action, ...], zone: ZoneInfo) -> Listing:
    rows = tuple(
        (a.record.number, a.what, told(a.obligation.due_at, zone), f"{a.get_state_display()}{', was late' if a.obligation.breached_at else ''}")
        for a in actions
    )  # fmt: skip
    return Listing("How the actions stand", "", ("Number", "Action", "Due", "State"), rows)
