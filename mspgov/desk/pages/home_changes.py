"""What changed, in sentences, by day."""

from collections.abc import Sequence
from itertools import groupby

from django.utils import timezone

from mspgov.desk.queries.changes import Happened
from mspgov.web import words
from mspgov.web.addresses import elsewhere
from mspgov.web.components import Change, ChangeDay, Changes, Link, Phrase
from mspgov.web.doors import Request

from .sayings import day, exactly, months_words, today


def changes(request: Request, happened: Sequence[Happened]) -> Changes:
    """The latest first, under their days."""
    zone = timezone.get_current_timezone()
    days = []
    for on, same in groupby(happened, key=lambda each: each.at.astimezone(zone).date()):
        lines = tuple(
            Change(f"{each.at.astimezone(zone):%H:%M}", sentence(request, each), each.by, exactly(each.at))
            for each in same
        )
        days.append(ChangeDay("Today" if on == today() else day(on), lines))
    return Changes(tuple(days))


def sentence(request: Request, each: Happened) -> Phrase:
    """What happened, its figure a link to it where the reader may open it."""

    def link(text: str, route: str, *which: object, **asked: object) -> str | Link:
        address = elsewhere(request, route, *which, **asked)
        return Link(text, address) if address else text

    where = f"{each.engagement}: " if each.engagement else ""
    match each.kind:
        case "import":
            faults = f"; {words.counted(each.faults, 'row')} rejected" if each.faults else ""
            return (f"{where}import of ", link(words.counted(each.count, "ticket"), "itsm:import", each.id), faults)
        case "seal":
            return (where, link(months_words(each.months), "costs:months", engagement=each.slug), " sealed")
        case "proposal":
            amount = link(str(each.amount), "costs:ledger", engagement=each.slug)
            return (where, amount, f" proposed for {months_words(each.months)}, {words.counted(each.count, 'credit')}")
        case "correction":
            was = f"{each.before} → " if each.before is not None else ""
            amount = link(f"{was}{each.amount}", "costs:ledger", engagement=each.slug, kind="correction")
            return (f"{where}{months_words(each.months)} corrected after sealing, ", amount, f": {each.text}")
        case "earn_back":
            return (
                where,
                link(str(each.amount), "costs:ledger", engagement=each.slug, kind="earn_back"),
                " earned back",
            )
        case "terms":
            what = "terms imported" if each.count == 1 else f"amendment {each.count - 1}"
            return (where, link(each.text, "contracts:contract", each.id), f", {what}")
        case "failed":
            return (link(each.text, "desk:run", each.id), " failed")
    return (link(each.text, "desk:run", each.id), " done")
