"""Addresses of costs: pages and collections."""

from django.urls import URLPattern, path

from . import api, views

app_name = "costs"
REVIEW = {  # the last part of an address of the API → what is done to the credit
    "accept": "accept", "reserve": "reserve", "dispute": "dispute", "preview": "preview", "decide": "decide",
    "take-up": "take_up", "waive": "waive", "waiver": "waiver",
    "waiver-withdraw": "withdraw_waiver",
}  # fmt: skip
urlpatterns: list[URLPattern] = [
    path("money/", views.credits, name="credits"),
    path("money/credits/accept/", views.accepting.accept, name="credits-accept"),
    path("money/credits/accept/<uuid:work>/", views.accepting.accepting, name="credits-accepting"),
    path("money/credits/<uuid:credit_id>/", views.credit, name="credit"),
    path("money/records/<uuid:record_id>/", views.of_record, name="of-record"),
    path("money/credits/<uuid:credit_id>/answer/", views.review.answer, name="credit-answer"),
    path("money/credits/<uuid:credit_id>/comment/", views.review.comment, name="credit-comment"),
    path("money/credits/<uuid:credit_id>/outcomes/", views.deciding.outcomes, name="credit-outcomes"),
    path("money/credits/<uuid:credit_id>/decide/", views.deciding.decide, name="credit-decide"),
    path("money/credits/<uuid:credit_id>/take-up/", views.review.take_up, name="credit-take-up"),
    path("money/credits/<uuid:credit_id>/waive/", views.review.waive, name="credit-waive"),
    path("money/credits/<uuid:credit_id>/waiver/", views.review.waiver, name="credit-waiver"),
    path(
        "money/credits/<uuid:credit_id>/waiver/withdraw/", views.review.withdraw_waiver, name="credit-waiver-withdraw"
    ),
    path("money/credits/evidence/<uuid:evidence_id>/", views.review.evidence, name="credit-evidence"),
    path("money/exclusions/<uuid:decided_id>/revoke/", views.deciding.revoke, name="exclusion-revoke"),
    path("money/claims/", views.claims.claims, name="claims"),
    path("money/claims/new/", views.claims.new, name="claim-new"),
    path("money/claims/<uuid:claim_id>/", views.claims.claim, name="claim"),
    path("money/claims/<uuid:claim_id>/claim.pdf", views.claims.document, name="claim-file"),
    path("money/claims/<uuid:claim_id>/note/", views.claims.hand_in_note, name="claim-note"),
    path("money/claims/<uuid:claim_id>/settle/", views.claims.settle, name="claim-settle"),
    path("money/claims/<uuid:claim_id>/repaid/", views.claims.repaid, name="claim-repaid"),
    path("money/claims/<uuid:claim_id>/withdraw/", views.claims.withdraw, name="claim-withdraw"),
    path("money/credit-notes/<uuid:note_id>/file/", views.claims.note_document, name="note-file"),
    path("money/export.csv", views.credits_export, name="credits-export"),
    path("money/ledger/", views.ledger, name="ledger"),
    path("money/ledger/export.csv", views.ledger_export, name="ledger-export"),
    path("money/months/", views.months, name="months"),
    path("money/months/measure/", views.measure, name="measure"),
    path("money/months/seal/", views.seal, name="seal"),
    path("money/months/correct/", views.correct, name="correct"),
    path("money/months/charges/", views.charges, name="charges"),
    path("money/months/value/", views.report_value, name="report-value"),
    path("money/month/", views.month_money, name="month_money"),
    path("money/why/", views.why_default, name="why_default"),
    path("money/ticket/", views.ticket_cost, name="ticket_cost"),
]
api_urlpatterns: list[URLPattern] = [
    *api.Credits.urls("credits"),
    *(
        path(f"credits/<uuid:id>/{name}/", api.CreditReview.as_view({"post": act}), name=f"credits-{name}")
        for name, act in REVIEW.items()
    ),
    *api.Claims.urls("claims"),
    path("claims/<uuid:id>/settle/", api.Claims.as_view({"post": "settle"}), name="claims-settle"),
    path("claims/<uuid:id>/repaid/", api.Claims.as_view({"post": "repaid"}), name="claims-repaid"),
    path("claims/<uuid:id>/withdraw/", api.Claims.as_view({"post": "withdraw"}), name="claims-withdraw"),
    *api.CreditNotes.urls("credit-notes"),
    *api.Ledger.urls("ledger"),
    *api.ChargesOfMonths.urls("charges"),
    path(
        "months/<slug:engagement>/<str:month>/measure/", api.Months.as_view({"post": "measure"}), name="months-measure"
    ),
    path("months/<slug:engagement>/<str:month>/seal/", api.Months.as_view({"post": "seal"}), name="months-seal"),
    path(
        "months/<slug:engagement>/<str:month>/correct/", api.Months.as_view({"post": "correct"}), name="months-correct"
    ),
]
