"""What the scheduler calls, and how often. What people schedule is rows, swept from here."""

BEAT = {
    "sweep open runs": {"task": "mspgov.sweep", "schedule": 2.0, "options": {"expires": 10.0}},
}
