"""What a person may type about money: months and charges, answers and decisions, claims and credit notes."""

from .claims import ClaimForm, NoteForm, PaidBackForm, SettleForm
from .months import AmountField, ChargesForm, CorrectionForm, MeasureForm, ReportForm, SealForm
from .review import AcceptManyForm, AnswerForm, CommentForm, DecisionForm, ReasonForm, WaiverForm

__all__ = [
    "AcceptManyForm",
    "AmountField",
    "AnswerForm",
    "ChargesForm",
    "ClaimForm",
    "CommentForm",
    "CorrectionForm",
    "DecisionForm",
    "MeasureForm",
    "NoteForm",
    "PaidBackForm",
    "ReasonForm",
    "ReportForm",
    "SealForm",
    "SettleForm",
    "WaiverForm",
]
