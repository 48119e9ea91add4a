"""The life of an engagement as its contract and its seals tell it."""

from datetime import date

from mspgov.desk.queries.hub import Hub
from mspgov.kernel.period import Month
from mspgov.web import words
from mspgov.web.addresses import elsewhere
from mspgov.web.components import Life, LifeEvent, LifeSpan
from mspgov.web.doors import Request

from .sayings import today

LEAD_MONTHS = 1


def life_note(page: Hub) -> str:
    """8 of 36 months of service; of a contract that has ended since when, of one to come from when."""
    if page.contract is None:
        return ""
    contract = page.contract.contract
    whole = contract.last_month - contract.first_month + 1
    if today() > contract.ends_on:
        return f"ended {full(contract.ends_on)} after {words.counted(whole, 'month')} of service"
    if today() < contract.starts_on:
        return f"begins {full(contract.starts_on)}, {words.counted(whole, 'month')} of service"
    gone = min(Month.of(today()) - contract.first_month, whole)
    return f"{gone} of {words.counted(whole, 'month')} of service"


def life(request: Request, page: Hub) -> Life | None:
    """From a month before the start to a month after the end: start, amendments, ramp-up, seals, earn-backs, end."""
    if page.contract is None:
        return None
    contract = page.contract.contract
    first = (contract.first_month + -LEAD_MONTHS).first_day
    latest = (contract.last_month + LEAD_MONTHS).last_day
    return Life(
        title=f"Life of {page.engagement.name}",
        first=first,
        latest=latest,
        today=today(),
        events=tuple(sorted(events(request, page), key=lambda event: event.on)),
        spans=tuple(spans(page)),
    )


def events(request: Request, page: Hub) -> list[LifeEvent]:
    assert page.contract is not None
    contract, regime = page.contract.contract, page.contract.terms.credit_regime
    address = elsewhere(request, "contracts:contract", contract.public_id)
    found = [
        LifeEvent(contract.starts_on, f"Service start, {short(contract.starts_on)}", address),
        LifeEvent(contract.ends_on, end_words(contract.ends_on), address),
    ]
    found += [
        LifeEvent(line.version.effective_on, f"Amendment {line.version.version - 1}", address)
        for line in page.contract.versions
        if line.version.version > 1
    ]
    if page.standing.seals:
        month = max(page.standing.seals)
        months = elsewhere(request, "costs:months", engagement=page.engagement.slug)
        found.append(LifeEvent(month.last_day, f"Sealed to {month.month_name[:3]} {month.year}", months))
    if regime is not None and regime.earn_back is not None:
        found += [
            LifeEvent(day, f"Earn-back, {short(day)}") for day in year_ends(contract.first_month, contract.last_month)
        ]
    return found


def year_ends(first: Month, last: Month) -> list[date]:
    """The last days of the full contract years, but for the contract's own end."""
    ends = (first + (12 * year - 1) for year in range(1, (last - first + 1) // 12 + 1))
    return [end.last_day for end in ends if end < last]


def spans(page: Hub) -> list[LifeSpan]:
    assert page.contract is not None
    regime = page.contract.terms.credit_regime
    if regime is None or regime.ramp_up_until is None:
        return []
    return [LifeSpan(page.contract.contract.starts_on, regime.ramp_up_until, "Ramp-up, no credits")]


def end_words(on: date) -> str:
    return f"Ended {full(on)}" if today() > on else f"Ends {short(on)}"


def full(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def short(on: date) -> str:
    return f"{on.day} {on:%b}"
