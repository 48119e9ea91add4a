"""Doors to contracts: list, page, file, comparison, import and amendment."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts import forms, policy, queries, services
from contracts.calc.words import counted, share_words
from contracts.models import Contract
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.components import Action, Empty, PageHead, SectionHead, Wizard, WizardStep
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import contract_parts as parts
from .addresses import contract_crumb, contracts_crumb, elsewhere, here, may_import, siblings, today


@require_safe
@may(policy.READ_TERMS)
def contracts(request: Request) -> HttpResponse:
    lines = queries.contract_lines(today(request.tenant.time_zone))
    without = queries.engagements_without_contract() if may_import(request) else []
    stand(request, "Contracts")
    actions = [Action("Import terms", here(request, "contracts:import"), "filled", icon="upload")] if without else []
    levels = sum(len(line.in_force.terms.service_levels) for line in lines)
    promised = f"{counted(levels, 'service level')} promised." if lines else ""
    waiting = (
        f"{counted(len(without), 'engagement')} without terms: {', '.join(e.name for e in without)}." if without else ""
    )
    head = PageHead(
        "Contracts",
        lead=f"{counted(len(lines), 'contract')} in force." if lines else "No contract yet.",
        sentence=" ".join(filter(None, (promised, waiting))),
        actions=tuple(actions),
    )
    empty = Empty(
        "A contract comes into being by its terms: a YAML file with its calendars, service levels and credit regime.",
        actions[0] if without else None,
    )
    table = parts.contracts_table(request, lines)
    context = {"page_head": head, "views": siblings(request, "Contracts"), "table": table, "empty": empty}
    return list_page(
        request, "records/list.html", context, name="contracts", reads=(), rows=lambda: parts.contracts_file(lines)
    )


@require_safe
@may(policy.READ_TERMS)
def contract(request: Request, contract_id: UUID) -> HttpResponse:
    version = version_asked(request)
    page = queries.contract_page(contract_id, today(request.tenant.time_zone), version)
    stand(request, contracts_crumb(request), page.contract.reference)
    engagement = page.contract.engagement
    context = {
        "head": contract_head(request, page, version),
        "facts": parts.facts(page, engagement.name, elsewhere(request, "desk:hub", engagement.slug)),
        "levels_head": SectionHead("Service levels", note=levels_note(page), ruled=False),
        "levels": parts.levels_table(request, page),
        "regime_head": SectionHead("Credit regime", note="the rules, in the order in which they apply", ruled=False),
        "rules": parts.rules_table(page.terms),
        "shares_head": SectionHead("What a default costs", note="before the cap", ruled=False)
        if parts.at_risk(page.terms) is not None
        else SectionHead("Service levels under it", ruled=False),
        "shares": parts.shares_table(page),
        "review_head": SectionHead("Review of credits", ruled=False),
        "review": parts.review_table(page.terms),
        "calendars_head": SectionHead("Calendars", note="as the contract has them", ruled=False),
        "calendars": parts.calendars_table(request, page),
        "versions_head": SectionHead("History of the terms", ruled=False, id="history"),
        "versions": parts.versions_table(request, page),
        "no_regime": Empty("The terms have no credit regime: months are measured and earn no credit."),
    }
    return render(request, "contracts/contract.html", context)


def version_asked(request: Request) -> int | None:
    asked = request.GET.get("version", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else None


def levels_note(page: queries.ContractPage) -> str:
    earning = [line for line in page.levels if share_words(page.terms.credit_regime, line.terms.key)]
    return f"{len(page.levels)}, of which {len(earning)} can earn credits" if earning else str(len(page.levels))


def contract_head(request: Request, page: queries.ContractPage, asked: int | None) -> PageHead:
    version, contract = page.in_force.version, page.contract
    named = parts.version_name(version.version).capitalize()
    since = parts.since(version.effective_on)
    current = queries.in_force_number(page, today(request.tenant.time_zone))
    if asked is not None and asked != current:
        lead, sentence = f"{named}, from {since}.", "These are not the terms in force today."
    else:
        lead = f"{named} in force since {since}."
        sentence = f"{page.contract.engagement.provider.name} promises {counted(len(page.levels), 'service level')}"
        sentence += f"; {parts.at_risk_words(page.terms)} at risk each month." if page.terms.credit_regime else "."
        if page.upcoming is not None:
            sentence += f" Amendment {page.upcoming.version - 1} follows in {parts.since(page.upcoming.effective_on)}."
    actions = [
        Action(
            "Terms as YAML",
            f"{here(request, 'contracts:terms', contract.public_id)}?version={version.version}",
            icon="download",
        )
    ]
    if may_import(request):
        actions.insert(0, Action("Amend terms", here(request, "contracts:amend", contract.public_id), "filled"))
    return PageHead(contract.reference, lead, sentence, eyebrow="Contract", actions=tuple(actions))


@require_safe
@may(policy.READ_TERMS)
def terms(request: Request, contract_id: UUID) -> HttpResponse:
    contract, version = queries.terms_file(contract_id, today(request.tenant.time_zone), version_asked(request))
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in contract.reference)
    disposition = f'attachment; filename="{name}-version-{version.version}.yaml"'
    return HttpResponse(
        version.text, content_type="application/yaml; charset=utf-8", headers={"Content-Disposition": disposition}
    )


@require_safe
@may(policy.READ_TERMS)
def compare(request: Request, contract_id: UUID) -> HttpResponse:
    asked = [request.GET.get(name, "") for name in ("before", "after")]
    before, after = (int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0 for text in asked)
    page = queries.comparison(contract_id, before or 1, after or before or 1)
    stand(request, contracts_crumb(request), contract_crumb(request, page.contract), "Compare versions")
    old, new = (parts.version_name(version.version) for version in (page.before, page.after))
    count = counted(len(page.differences), "place")
    head = PageHead(
        f"{old.capitalize()} and {new}",
        lead=f"{count} differ{'s' if len(page.differences) == 1 else ''}." if page.differences else "Nothing differs.",
        sentence=f"{old.capitalize()} from {parts.since(page.before.effective_on)}, {new} from "
        f"{parts.since(page.after.effective_on)}.",
        eyebrow=f"Contract {page.contract.reference}",
    )
    context = {
        "head": head,
        "table": parts.differences_table(page.differences),
        "numbers": [(number, parts.version_name(number)) for number in page.numbers],
        "before": page.before.version,
        "after": page.after.version,
        "differences": page.differences,
    }
    return render(request, "contracts/compare.html", context)


@may(policy.IMPORT_TERMS)
def import_terms(request: Request) -> HttpResponse:
    waiting = queries.engagements_without_contract()
    stand(request, contracts_crumb(request), "Import terms")
    form: forms.TermsForm = forms.FirstTermsForm(request.POST or None, request.FILES or None, engagements=waiting)
    head = PageHead(
        "Import terms",
        lead="The terms make the contract.",
        sentence="Nothing is written before you have seen what they say and confirmed it.",
    )
    return take_terms(request, form, head, None if waiting else "Every engagement has its contract. Amend that one.")


@may(policy.IMPORT_TERMS)
def amend(request: Request, contract_id: UUID) -> HttpResponse:
    page = queries.contract_page(contract_id, today(request.tenant.time_zone))
    contract = page.contract
    stand(request, contracts_crumb(request), contract_crumb(request, contract), "Amend")
    first = {"text": page.versions[0].version.text, "effective": str(next_month(page))}
    form = forms.AmendmentForm(request.POST or None, request.FILES or None, initial=first)
    head = PageHead(
        f"Amend {contract.reference}",
        lead=f"{parts.version_name(page.versions[0].version.version).capitalize()} is the latest.",
        sentence="Change the terms below or choose a file. Nothing is written before you have seen what changes.",
        eyebrow=f"Contract {contract.reference}",
    )
    return take_terms(request, form, head, None, contract)


def next_month(page: queries.ContractPage) -> Month:
    """The month that an amendment most likely begins with: the next one, inside the term and after the latest."""
    coming = Month.of(today(page.contract.time_zone)).next
    latest = min(coming.number, page.contract.last_month.number)
    return Month.numbered(max(latest, page.versions[0].version.effective_month.number))


def take_terms(
    request: Request, form: forms.TermsForm, head: PageHead, closed: str | None, contract: Contract | None = None
) -> HttpResponse:
    """Check, show what would change, and on confirmation write; whatever is typed stays in the form."""
    preview: services.Preview | None = None
    if form.is_valid():
        engagement: Engagement = contract.engagement if contract else form.cleaned_data["engagement"]
        asked: dict[str, Any] = {
            "engagement": engagement,
            "text": form.cleaned_data["text"],
            "effective": form.cleaned_data.get("effective"),
        }
        try:
            if request.POST.get("step") == "confirm" and not form.cleaned_data.get("file"):
                with refusals(form):
                    made = services.import_terms(**asked, by=request.user, at=timezone.now())
                    messages.success(request, f"{made.contract.reference}: {made.version} is written.")
                    return redirect(here(request, "contracts:contract", made.contract.public_id))
            else:
                preview = services.preview_terms(**asked)
        except Fault as fault:
            form.refuse(fault)
    back = here(request, "contracts:contract", contract.public_id) if contract else here(request, "contracts:contracts")
    context = {
        "head": head,
        "form": form,
        "closed": Empty(closed) if closed else None,
        "preview": preview,
        "preview_head": SectionHead("What will change", ruled=False),
        "preview_words": preview_words(preview, form) if preview else "",
        "preview_warning": sealed_words(preview) if preview and preview.sealed else "",
        "differences": parts.differences_table(preview.differences) if preview and preview.differences else None,
        "steps": Wizard(
            (
                WizardStep("Terms", current=preview is None, done=preview is not None),
                WizardStep("What will change", current=preview is not None),
            )
        ),
        "back": back,
        "refused": bool(form.errors),
    }
    return render(request, "contracts/terms_form.html", context, status=200)


def preview_words(preview: services.Preview, form: forms.TermsForm) -> str:
    terms = preview.terms
    if preview.does == "nothing":
        known = preview.known
        return f"Nothing changes: {parts.version_name(known.version)} says the same." if known else "Nothing changes."
    if preview.does == "begin":
        return (
            f"{terms.contract.reference} begins: {parts.term_words(terms)}, "
            f"{counted(len(terms.service_levels), 'service level')}, {counted(len(terms.calendars), 'calendar')}, "
            f"{parts.at_risk_words(terms)} at risk each month."
        )
    month = Month.of(form.cleaned_data["effective"])
    places = counted(len(preview.differences), "place")
    return f"From {month.name} on {places} of the terms will differ. Months before it stay as they are."


def sealed_words(preview: services.Preview) -> str:
    """What an amendment does to the months that are sealed already."""
    one = len(preview.sealed) == 1
    return (
        f"{words.months(preview.sealed)} {'is' if one else 'are'} sealed: {'its' if one else 'their'} results and credits "
        f"stay as they were sealed until {'the month' if one else 'each of them'} is corrected, with a reason. "
        "A correction then measures by these terms."
    )
