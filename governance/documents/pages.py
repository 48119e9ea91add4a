"""Facts → the pages' text, ready for the templates; reads nothing but the facts, so the same facts print the same bytes."""

from governance.calc import messages
from governance.calc.facts import PackFacts
from governance.calc.wording import instant, listed, offset, span
from mspgov.kernel.figures import place

from .front import cover, summary
from .money import credits_pages
from .performance import heat, level_page
from .quality import definitions, quality, words
from .root_causes import root_causes
from .shapes import Pages


def lay_out(facts: PackFacts, sha256: str, *, paper: str = "A4") -> Pages:
    """All pages of a pack from its facts."""
    months = messages.quarter(facts)
    unsealed = [one.month for one in facts.quarter_months if one.sealed_at is None]
    frozen = f"{'draft of' if facts.is_draft else 'frozen'} {instant(facts.frozen_at, facts.time_zone)} {place(facts.time_zone)} ({offset(facts.frozen_at, facts.time_zone)})"
    return Pages(
        paper=paper,
        title=f"{facts.engagement}, {span(months)}: board pack {facts.number}",
        created=facts.frozen_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        head=f"{facts.engagement}, {span(months)}",
        parties=f"{facts.client} with {facts.provider}",
        foot=f"Board pack {facts.number}, {frozen}" + (", demonstration data" if facts.is_demo else ""),
        draft=f"Draft: {messages.months_named(unsealed)} not sealed" if unsealed else "",
        cover=cover(facts, sha256),
        summary=summary(facts),
        heat=heat(facts),
        levels=tuple(level_page(facts, level, index) for index, level in enumerate(facts.levels, 1)),
        credits=credits_pages(facts),
        root_causes=root_causes(facts),
        quality_heading=messages.quality_heading(facts),
        quality=quality(facts),
        quality_source=f"Source: {listed(facts.log.sources) or 'no import'}; times in {place(facts.time_zone)}.",
        definitions=definitions(facts),
        words=words(facts),
    )
