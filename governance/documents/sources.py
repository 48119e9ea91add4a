"""The line at a page's foot that says where its figures come from."""

from governance.calc.facts import PackFacts
from mspgov.kernel.figures import place


def source(facts: PackFacts, said: str) -> str:
    """The source line at a page's foot."""
    return (
        f"Source: {said}; terms {facts.contract.reference} version {facts.contract.terms_version}, rules {facts.contract.rules_version}; "
        f"months in {place(facts.time_zone)} time."
    )
