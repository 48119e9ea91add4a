"""Frozen facts → the PDF; nothing else goes in, so the same facts are the same file."""

from django.template.loader import render_to_string

from governance.calc.facts import fingerprint, read_facts
from mspgov.documents.press import Press, Printed

from .annex import enclosures
from .pages import lay_out

PAPERS = ("A4", "Letter")


def print_pack(text: str, *, paper: str = "A4", press: Press | None = None) -> Printed:
    """The PDF of canonical facts, with its annexes inside. Raises PressFailed when a limit is met."""
    with press or Press() as warm:
        facts = read_facts(text)
        sha256 = fingerprint(text)
        html = pack_html(text, paper=paper)
        return warm.print(html, at=facts.frozen_at, identifier=sha256[:32], enclosures=lambda: enclosures(facts))


def pack_html(text: str, *, paper: str = "A4") -> str:
    """The pack as one HTML document, before it is laid out."""
    return render_to_string(
        "governance/pack/pack.html", {"pages": lay_out(read_facts(text), fingerprint(text), paper=paper)}
    )
