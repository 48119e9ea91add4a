"""A tenant's hash chain: whole after every act; whatever is done to it afterwards is found, and where."""

import io
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from mspgov.records import queries, services
from mspgov.records.calc.verification import Mark
from mspgov.records.chain import link
from mspgov.records.models import Head, Record, Seal
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
LINKS = 40
HEADS = (9, 21, 33)
Rows = list[dict[str, Any]]
COLUMNS = ("position", "hash", "record_id", "what", "before", "after", "by_id", "at")


class Forger:
    """Whoever holds the database: reads, forgets and rewrites every link and the head."""

    def __init__(self, town: Town, cursor: Any) -> None:
        self.town, self.c = town, cursor
        cursor.execute(
            "select set_config('app.tenant', %s, false), set_config('app.engagements', '*', false)",
            [str(town.tenant.pk)],
        )
        self.records = self._ids("records_record")
        self.people = self._ids("tenancy_person")
        self.rows = self.read()
        self.head = (self.rows[-1]["position"], self.rows[-1]["hash"])

    def _ids(self, table: str) -> dict[int, str]:
        self.c.execute(f"select id, public_id from {table}")
        return {pk: str(public) for pk, public in self.c.fetchall()}

    def read(self) -> Rows:
        self.c.execute(f"select {', '.join(COLUMNS)} from records_seal order by position")
        return [dict(zip(COLUMNS, row, strict=True)) for row in self.c.fetchall()]

    def write(self, rows: Rows, head: tuple[int, str]) -> None:
        self.c.execute("delete from records_seal")
        for row in rows:
            values = [json.dumps(row[c]) if c in ("before", "after") else row[c] for c in COLUMNS]
            self.c.execute(
                f"insert into records_seal (tenant_id, {', '.join(COLUMNS)}) values ({', '.join(['%s'] * 9)})",
                [self.town.tenant.pk, *values],
            )
        self.c.execute("update records_head set position = %s, hash = %s", head)

    def hashed(self, previous: str, row: dict[str, Any]) -> str:
        record = None if row["record_id"] is None else self.records[row["record_id"]]
        by = None if row["by_id"] is None else self.people[row["by_id"]]
        return link(previous, record, row["what"], row["before"], row["after"], by, row["at"])

    def rehash(self, rows: Rows, start: int) -> tuple[int, str]:
        """Give every link from a place on a hash that follows; the new head."""
        for place in range(start, len(rows)):
            rows[place]["hash"] = self.hashed(rows[place - 1]["hash"] if place else "0" * 64, rows[place])
        return rows[-1]["position"], rows[-1]["hash"]


@pytest.fixture
def forger(owner: Any, transactional_db: None) -> Iterator[Forger]:
    town = build_town("aurora", providers=("cobalt",))
    people = [town.member(Role.SERVICE_OWNER).person, None]
    with enter(town.tenant.pk):
        records = [services.open_record(kind="rca", title=f"n {n}", at=AT) for n in range(3)]
        for n in range(LINKS):
            services.seal(
                records[n % 3].pk, what=f"step {n}", before={"n": n}, after={"n": n + 1, "amount": "10.00"},
                by=people[n % 2], at=AT + timedelta(minutes=n),
            )  # fmt: skip
    yield Forger(town, owner)


def edit_content(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    row, which = rows[place], dice.choice(["what", "before", "after", "at", "record_id", "by_id"])
    if which in ("before", "after"):
        row[which] = {**row[which], "amount": "99.00"}
    elif which == "record_id":
        row[which] = dice.choice([pk for pk in forger.records if pk != row[which]])
    elif which == "by_id":
        row[which] = dice.choice([pk for pk in forger.people if pk != row[which]])
    else:
        row[which] = row[which] + timedelta(seconds=1) if which == "at" else "waive"
    return forger.head


def edit_and_hash_it(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    rows[place]["after"] = {"amount": "99.00"}
    rows[place]["hash"] = forger.hashed(rows[place - 1]["hash"] if place else "0" * 64, rows[place])
    return forger.head


def delete(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    del rows[place]
    return forger.head


def delete_and_close_up(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    del rows[min(place, LINKS - 2)]  # the latest link, with the head behind it, is nobody's but an exported head's
    for position, row in enumerate(rows, 1):
        row["position"] = position
    return rows[-1]["position"], rows[-1]["hash"]


def insert(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    rows.insert(place, {**rows[place], "what": "forged"})
    rows[place]["hash"] = forger.hashed(rows[place - 1]["hash"] if place else "0" * 64, rows[place])
    for position, row in enumerate(rows, 1):
        row["position"] = position
    return rows[-1]["position"], rows[-1]["hash"]


def reorder(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    other = dice.choice([n for n in range(LINKS) if n != place])
    rows[place]["position"], rows[other]["position"] = rows[other]["position"], rows[place]["position"]
    rows.sort(key=lambda row: row["position"])
    return forger.head


def cut_the_tail(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    """Below an exported head, and the stored head moved along: only the exported one tells."""
    del rows[min(place, HEADS[-1] - 1) :]
    return (rows[-1]["position"], rows[-1]["hash"]) if rows else (0, "0" * 64)


def rewrite_all_after(forger: Forger, rows: Rows, place: int, dice: random.Random) -> tuple[int, str]:
    """Every later link and the head made to follow: only a head exported before tells."""
    place = min(place, HEADS[-1] - 1)
    rows[place]["after"] = {"amount": "99.00"}
    return forger.rehash(rows, place)


TAMPERS: list[Callable[[Forger, Rows, int, random.Random], tuple[int, str]]] = [
    edit_content, edit_and_hash_it, delete, delete_and_close_up, insert, reorder, cut_the_tail, rewrite_all_after,
]  # fmt: skip


def test_every_tamper_of_two_hundred_is_found_and_located(forger: Forger) -> None:
    untouched = [dict(row) for row in forger.rows]
    marks = [Mark(n, untouched[n - 1]["hash"]) for n in HEADS]
    for seed in range(200):
        dice = random.Random(seed)  # noqa: S311
        tamper, place = TAMPERS[seed % len(TAMPERS)], dice.randrange(LINKS)
        rows = [dict(row) for row in untouched]
        head = tamper(forger, rows, place, dice)
        forger.write(rows, head)
        with enter(forger.town.tenant.pk):
            walked = queries.verified(marks)
        changed = first_difference(untouched, rows)
        told = f"seed {seed}: {tamper.__name__} at {changed}: {list(map(str, walked.breaks))}"
        assert any(each.first <= changed <= each.last for each in walked.breaks), told
        if tamper not in (rewrite_all_after, cut_the_tail):  # what only an exported head tells is located by heads
            assert any(each.first <= changed <= each.last <= each.first + 1 for each in walked.breaks), told
    forger.write(untouched, forger.head)
    with enter(forger.town.tenant.pk):
        assert queries.verified(marks).is_whole


def first_difference(before: Rows, after: Rows) -> int:
    """The position of the first link that is not what it was."""
    told = zip(before, [*after, *[None] * len(before)], strict=False)
    return next(old["position"] for old, new in told if old != new)


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_the_head_and_finds_what_was_cut_below_one_kept(
    forger: Forger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = verify_chain()
    assert (answer["links"], answer["intact"], answer["position"], answer["breaks"]) == (LINKS, True, LINKS, [])
    kept = tmp_path / "heads.jsonl"
    kept.write_text(json.dumps(answer))
    forger.write(forger.rows[:30], (30, forger.rows[29]["hash"]))
    assert verify_chain()["intact"]
    with pytest.raises(SystemExit):
        verify_chain("--heads", str(kept))
    assert "broken at links 31 to 40: cut off" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_a_head_of_another_tenant_or_no_head_is_refused(
    forger: Forger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "heads.jsonl"
    for text, why in [
        ('{"tenant": "borealis", "position": 1, "hash": ""}', "line 1: tenant: must be aurora"),
        ('{"tenant": "aurora", "position": 1, "hash": "xy"}', "line 1: hash: must be 64"),
        ("\nnonsense", "line 2: is not JSON"),
    ]:
        kept.write_text(text)
        with pytest.raises(SystemExit):
            verify_chain("--heads", str(kept))
        assert why in capsys.readouterr().err


def verify_chain(*more: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("verify_chain", "--tenant", "aurora", *more, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.mark.django_db(transaction=True)
def test_where_the_chain_cannot_be_written_the_act_does_not_happen(town_record: Record, monkeypatch: Any) -> None:
    from mspgov.records import approvals, comments
    from mspgov.tenancy.models import Person
    from mspgov.tenancy.policy import MEMBER

    def away(*args: Any, **kwargs: Any) -> None:
        raise OSError("the chain cannot be written")

    monkeypatch.setattr(services, "seal", away)
    with enter(town_record.tenant_id or 0):
        by = Person.objects.first()
        assert by is not None
        with pytest.raises(OSError, match="chain"):
            comments.add_comment(
                tenant=town_record.tenant, record=town_record, text="x", reads=MEMBER, path="/", by=by, at=AT
            )
        with pytest.raises(OSError, match="chain"):
            approvals.ask_approval(record=town_record, what="waive", role="x", reason="x", by=by, at=AT)
    with enter(town_record.tenant_id or 0):
        assert not town_record.comments.exists()
        assert not town_record.approvals.exists()
        assert (Seal.objects.count(), Head.objects.count()) == (0, 0)


@pytest.fixture
def town_record(transactional_db: None) -> Record:
    town = build_town("aurora", providers=("cobalt",))
    with enter(town.tenant.pk):
        return services.open_record(kind="rca", title="x", at=AT)
