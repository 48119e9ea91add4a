"""What the scheduler calls, and how often. What people schedule is rows, swept from here."""

BEAT = {
    "wake open runs": {"task": "mspgov.sweep", "schedule": 2.0, "options": {"expires": 10.0}},
    "obligations": {
        "task": "mspgov.sweep",
        "args": ["mspgov.obligations.services.sweep"],
        "schedule": 15.0,
        "options": {"expires": 60.0},
    },
    "e-mails": {
        "task": "mspgov.sweep",
        "args": ["mspgov.mail.services.sweep"],
        "schedule": 10.0,
        "options": {"expires": 60.0},
    },
}
