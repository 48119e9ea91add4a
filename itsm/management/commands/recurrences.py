"""`manage.py recurrences --tenant acme --engagement workplace --by category,subcategory --window-days 7 --threshold 5`"""

from argparse import ArgumentParser
from typing import Any

from itsm.queries.recurrences import check_key, recurrences_of
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import to_micros, write_instant
from mspgov.tenancy import commands
from mspgov.tenancy.models import Engagement

MOST_DAYS, MOST = 36_600, 1_000_000


class Command(commands.Command):
    help = "Prints the recurrences of an engagement, one JSON line each."
    engagement_wanted = True

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--by", required=True, metavar="FIELDS", help="fields of tickets, with commas between")
        parser.add_argument("--window-days", required=True, metavar="DAYS")
        parser.add_argument("--threshold", required=True, metavar="TICKETS")

    def work(self, *, engagement: Engagement, by: str, window_days: str, threshold: str, **options: Any) -> None:
        fields = [name.strip() for name in by.split(",")]
        check_key(fields, "--by")
        days, least = whole(window_days, "--window-days", MOST_DAYS), whole(threshold, "--threshold", MOST)
        for found in recurrences_of(engagement, by=fields, window_days=days, threshold=least):
            self.print_json(
                {
                    "key": found.key,
                    "began": write_instant(to_micros(found.began)),
                    "latest": write_instant(to_micros(found.latest)),
                    "count": len(found.tickets),
                    "tickets": [ticket.number for ticket in found.tickets],
                }
            )


def whole(text: str, path: str, most: int) -> int:
    """A whole number from 1 to `most`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and 1 <= int(text) <= most):
        raise Fault(path, f"must be a whole number from 1 to {most}")
    return int(text)
