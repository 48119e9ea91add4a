"""Survivors of `make mutants` that are right to survive: a part of the label (without the number of the line), and why no
test can notice."""

EXPLAINED: dict[str, str] = {
    "filter: Run.objects.filter(engagement=engagement)": "the arguments that are matched name the engagement too",
    "filter: Import.objects.filter(engagement__in=engagements)": "looked up by engagement: others are read and not used",
    "filter: ReportedValue.objects.filter(engagement=engagement)": "looked up by service level, which is of one engagement",
    "views/recurrences.py filter: RcaTicket.objects.filter(engagement=engagement)": "filtered by tickets, which are of the engagement",
    "filter: Result.objects.filter(engagement=engagement)": "looked up by the results of the engagement's tickets",
    "filter: Note.objects.filter(person__in=people)": "what is known is looked up by person and key together",
    "filter: Membership.everywhere.filter(person=person)": "the wall shows inside knowing(person) that person's rows alone",
    "filter: Membership.everywhere.filter(person_id=person_id)": "the wall shows inside knowing(person) that person's rows alone",
    "filter: Invitation.objects.filter(accepted_at=None)": "whoever accepted one is a member, and refused before",
    "people/reading.py filter: Invitation.objects.filter(withdrawn_at=None)": "whether an invitation is open is asked of each again",
    "filter: Exclusion.objects.filter(engagement=engagement)": "looked up by tickets, which are of the engagement",
    "filter: Vendor.objects.filter(engagement__in=engagements)": "looked up by engagement: others are read and not used",
    "filter: Membership.objects.filter(person__in=list(people))": "looked up by person",
    "check: member.holds(policy.ANSWER_OBLIGATIONS)": "the doors of bulk answers ask for the same",
    "filter: Invitation.everywhere.filter(secret_hash=digest)": "the wall shows inside knowing(token) that one row alone",
    "check: holds(ANSWER_CREDITS)": "parts rows in two kinds only: whether the reader may act is asked again of each",
    "filter: Membership.objects.filter(person__in={row.by_id for row in said})": "looked up by the person who said it",
    "check: member.holds(WRITE_RCAS)": "asks only whether to look for what the member wrote: who may not has written nothing",
    "check: self.holds(SEAL_MONTHS)": "asks only what to read: what is shown of it hangs on the act that it offers",
    "check: member.holds(READ_CREDITS)": "the way in shows what is the reader's own to do: with money it is who reads money",
    "filter: Import.objects.filter(engagement=row.engagement)": "a file is of one engagement",
    "check: self.holds(APPROVE_WAIVERS)": "asks only what to read: rows of waivers are for those who approve them",
    "check: if found.engagement is None: 404": "a run that makes a pack has its engagement always",
}
