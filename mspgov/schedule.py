"""What the scheduler calls, and how often. What people schedule is rows, swept from here."""

SWEEPS = {  # what looks for rows that are due: every how many seconds
    "mspgov.jobs.services.sweep": 2.0,
    "mspgov.obligations.services.sweep": 15.0,
    "mspgov.mail.services.sweep": 10.0,
    "governance.services.sweep": 20.0,
    "costs.services.sweep": 15.0,
    "mspgov.web.api_once.sweep": 3600.0,
}
BEAT = {
    what: {"task": "mspgov.sweep", "args": [what], "schedule": every, "options": {"expires": 5 * every}}
    for what, every in SWEEPS.items()
}
