"""What people are told of, in words: the kinds of notes that their writers use."""

KINDS = {
    "obligations.reminder": "What you owe is due soon",
    "obligations.breach": "Something owed is late",
    "obligations.escalation": "Something late is escalated to you",
}


def words_of(kind: str) -> str:
    """In words; of a kind that is not listed, its name."""
    return KINDS.get(kind) or kind.replace(".", ": ").replace("_", " ").capitalize()
