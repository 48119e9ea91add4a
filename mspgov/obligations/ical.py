"""What is owed as an iCalendar document (RFC 5545): pure, written by the icalendar library."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event


@dataclass(frozen=True)
class Entry:
    """An obligation as a calendar shows it. `cancelled`: it need not be done any more; `alarms` ahead of the instant
    shown, for whoever has to act."""

    uid: str
    title: str
    due_at: datetime
    text: str
    url: str
    changed: int = 0
    cancelled: bool = False
    alarms: tuple[timedelta, ...] = ()


def calendar_of(name: str, entries: Iterable[Entry], *, at: datetime) -> bytes:
    """The document, the same for the same entries and instant. Each entry is an event without length at its instant
    in UTC, which takes no time of anybody's; UIDs stay for good."""
    document = Calendar()
    document.add("prodid", "-//mspgov//obligations//EN")
    document.add("version", "2.0")
    document.add("method", "PUBLISH")
    document.add("name", name)
    document.add("x-wr-calname", name)
    document.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        document.add_component(_event(entry, at))
    return bytes(document.to_ical())


def _event(entry: Entry, at: datetime) -> Event:
    event, due = Event(), entry.due_at.astimezone(UTC).replace(microsecond=0)
    event.add("uid", entry.uid)
    event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", due)
    event.add("summary", entry.title)
    event.add("description", entry.text)
    event.add("url", entry.url)
    event.add("sequence", entry.changed)
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    for ahead in entry.alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.title)
        alarm.add("trigger", -ahead)
        event.add_component(alarm)
    return event
