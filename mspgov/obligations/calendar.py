"""What is owed by date: a month on a page, and the feed for calendar programs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mspgov.kernel.period import Month
from mspgov.tenancy import feeds
from mspgov.tenancy.models import Membership
from mspgov.tenancy.policy import PUBLIC
from mspgov.web import words
from mspgov.web.addresses import here, month_asked
from mspgov.web.components import Action, PageHead, Status
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import policy, queries, shown
from .ical import Entry, calendar_of
from .models import Alarm, Extension, Obligation
from .views import tabs

KEPT = timedelta(days=60)  # what has ended stays in the feed so long, so that calendars learn of it
MOST = 2_000
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@require_safe
@may(PUBLIC)
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What the owner of a secret address may see, for a calendar program. Raises Http404 for an address that is dead."""
    now = timezone.now()
    with feeds.reading(secret, policy.READ_OBLIGATIONS, at=now) as member:
        if member is None:
            raise Http404
        document = calendar_of(f"{member.tenant.name}: what is owed", entries(member, now), at=now)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="obligations.ics"'}
    return HttpResponse(document, content_type="text/calendar; charset=utf-8", headers=headers)


def entries(member: Membership, now: datetime) -> list[Entry]:
    """Of the entered tenant all that the member sees: what still lives, and what ended lately. The queries do not grow with it."""
    seen = queries.obligations(member)
    rows = [
        *seen.filter(state__in=Obligation.LIVING).order_by("due_at", "pk")[:MOST],
        *seen.exclude(state__in=Obligation.LIVING).filter(ended_at__gte=now - KEPT).order_by("due_at", "pk")[:MOST],
    ]
    mine = set(queries.inbox(member, now).values_list("pk", flat=True))
    ahead: dict[int, set[timedelta]] = defaultdict(set)
    due = {row.pk: row.due_at for row in rows}
    reminders = Alarm.objects.filter(obligation__in=mine, kind=Alarm.Kind.REMINDER, fired_at=None)
    for obligation, at in reminders.values_list("obligation_id", "at"):
        if obligation in due:
            ahead[obligation].add(due[obligation] - at)
    moved: dict[int, int] = defaultdict(int)
    for obligation in Extension.objects.filter(state=Extension.State.GRANTED).values_list("obligation_id", flat=True):
        moved[obligation] += 1
    return [_entry(row, member, ahead[row.pk], moved[row.pk]) for row in rows]


def _entry(row: Obligation, member: Membership, ahead: Iterable[timedelta], moved: int) -> Entry:
    ended = not row.is_living
    cancelled = row.state in {Obligation.State.WAIVED, Obligation.State.WITHDRAWN}
    about = [
        f"{row.record.number}, {row.get_state_display().lower()}.",
        f"Owed by: {shown.who(row)}.",
        f"Engagement: {row.engagement.name}." if row.engagement else "",
        row.text,
    ]
    return Entry(
        uid=f"{row.public_id}@{settings.MAIL_DOMAIN}",
        title=f"{row.get_state_display()}: {row.record.title}" if ended else row.record.title,
        due_at=_shown_at(row.due_at, ZoneInfo(member.person.time_zone or member.tenant.time_zone)),
        text="\n".join(filter(None, about)),
        url=f"{settings.ADDRESS}{queries.path_of(member.tenant, row.public_id)}",
        changed=moved + ended,
        cancelled=cancelled,
        alarms=tuple(sorted(ahead, reverse=True)),
    )


def _shown_at(due_at: datetime, zone: ZoneInfo) -> datetime:
    """What is due at the reader's midnight stands in the last minute of the day that ends with it."""
    return due_at - timedelta(minutes=1) if due_at.astimezone(zone).time() == time(0) else due_at


@dataclass(frozen=True)
class Item:
    """An obligation on its day; `living` while somebody still has to do something about it."""

    title: str
    href: str
    at: str
    status: Status
    living: bool = True


@dataclass(frozen=True)
class Day:
    """A day of the month page; `outside` belongs to the month before or after."""

    on: date
    words: str
    items: tuple[Item, ...]
    today: bool = False
    outside: bool = False


@require_safe
@may(policy.READ_OBLIGATIONS)
def month(request: Request) -> HttpResponse:
    """A month of what is owed, by the last day on which one can act in the reader's zone: all that they see, or what is for them."""
    now, today = timezone.now(), timezone.localdate()
    asked = month_asked(request) or Month(f"{today:%Y-%m}")
    own = request.GET.get("for") == "me"
    weeks = weeks_of(request, asked, own=own, now=now, today=today)
    items = [item for week in weeks for day in week if not day.outside for item in day.items]
    count = sum(item.living for item in items)
    ended = f"{words.counted(len(items) - count, 'more has ended', 'more have ended')}." if len(items) > count else ""
    route, kept = "obligations:calendar", {"for": "me" if own else ""}
    stand(request, ("Obligations", here(request, "obligations:inbox")), "Calendar")
    context = {
        "page_head": PageHead(
            asked.name, f"{words.counted(count, 'thing is', 'things are')} due." if count else "Nothing is due.", ended,
            actions=(
                Action((asked + -1).month_name, here(request, route, month=asked + -1, **kept)),
                Action(asked.next.month_name, here(request, route, month=asked.next, **kept)),
            ),
        ),
        "views": tabs(request, "calendar"),
        "for_me": Action("All" if own else "For me", here(request, route, month=asked, **{"for": "" if own else "me"}), small=True),
        "weekdays": WEEK,
        "weeks": weeks,
        "listed": [day for week in weeks for day in week if day.items and not day.outside],
        "subscribe": here(request, "desk:account"),
    }  # fmt: skip
    return render(request, "obligations/calendar.html", context)


def weeks_of(request: Request, asked: Month, *, own: bool, now: datetime, today: date) -> list[tuple[Day, ...]]:
    """Whole weeks from Monday that hold the month."""
    zone = timezone.get_current_timezone()
    first = asked.first_day - timedelta(days=asked.first_day.weekday())
    last = asked.last_day + timedelta(days=6 - asked.last_day.weekday())
    begins, ends = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    rows = queries.inbox(request.member, now) if own else queries.obligations(request.member)
    by_day: dict[date, list[Item]] = defaultdict(list)
    for row in rows.filter(due_at__gt=begins, due_at__lte=ends).order_by("due_at", "pk")[:MOST]:
        local = row.due_at.astimezone(zone)
        href = here(request, "obligations:obligation", row.public_id)
        at = "end of day" if local.time() == time(0) else f"{local:%H:%M}"
        by_day[words.last_day(row.due_at, zone)].append(
            Item(row.record.title, href, at, shown.status(row, now), row.is_living)
        )
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    made = [
        Day(day, words.day(day, today), tuple(by_day[day]), day == today, not asked.first_day <= day <= asked.last_day)
        for day in days
    ]
    return [tuple(made[n : n + 7]) for n in range(0, len(made), 7)]
