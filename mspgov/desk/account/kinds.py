"""What people are told of, in words: the kinds of notes that their writers use."""

KINDS = {
    "obligations.reminder": "What you owe is due soon",
    "obligations.breach": "Something owed is late",
    "obligations.escalation": "Something late is escalated to you",
    "obligations.extension": "More time is asked for, granted or refused",
    "comment": "Somebody mentioned you",
    "credits.proposed": "A credit is proposed",
    "credits.answer": "A credit was answered",
    "credits.silence": "A credit was accepted by silence",
    "credits.step": "A dispute went up the ladder",
    "credits.decided": "A dispute was decided",
    "credits.waiver": "A waiver is asked for or decided",
    "credits.claim": "A credit claim or credit note has news",
    "rcas": "A root cause or a corrective action has news",
}


def words_of(kind: str) -> str:
    """In words; of a kind that is not listed, its name."""
    return KINDS.get(kind) or kind.replace(".", ": ").replace("_", " ").capitalize()
