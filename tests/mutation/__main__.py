"""Takes out one permission check, filter, wall or scope at a time, and tells how many turn the tests red.

`python -m tests.mutation [--count 200] [--seed 4] [--workers 2] [--minutes 60]`. For each only the tests of the house and
of its own app run that reach its lines, the quickest first; what stands outside functions meets the tests of the house.
What is done is kept in var/mutants/ and not done again, so that it can be stopped and resumed; `--fresh` begins anew.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, zip_longest
from pathlib import Path
from queue import Queue

import coverage

from tests.mutation.explained import EXPLAINED
from tests.mutation.sites import ROOT, Site, sites

STATE = ROOT / "var" / "mutants"
RESULTS, LINES, SECONDS = STATE / "results.jsonl", STATE / "lines", STATE / "seconds.json"
PYTEST = ["-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", "--timeout=300"]
HOUSE = ["tests/house/test_roles.py", "tests/house/test_matrix.py::test_every_route_is_in_the_policy_and_asks_for_what_it_says", "tests/house/test_walls.py"]  # fmt: skip
DOORS = ["tests/house/test_matrix.py", "tests/house/test_doors.py"]
AT_EVERY_DOOR = ("mspgov/web/", "mspgov/tenancy/")  # reached by nearly every test: what opens doors decides
MOST_TESTS, MOST_OF_THE_HOUSE, LEAST_TESTS = 60, 12, 4
MOST_OF_THE_APP, MOST_OF_THE_HOUSE_SECONDS = 200, 200  # as they were noted
MOST_SECONDS = 420
NOTICED, SURVIVED, INVALID, SLOW = "noticed", "survived", "invalid", "too slow"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--kind", default="", help="only sites of this kind")
    parser.add_argument("--fresh", action="store_true")
    asked = parser.parse_args()
    if asked.fresh:
        shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    found = [site for site in sites() if asked.kind in ("", site.kind)]
    say(f"{len(found)} places: {dict(Counter(site.kind for site in found))}")
    if not SECONDS.exists():
        note_lines()
    tests = TestsByLine()
    order = list(found)
    random.Random(asked.seed).shuffle(order)  # noqa: S311
    done = {result["label"]: result for result in kept()}
    wanted = order[: asked.count]
    open_ = [site for site in wanted if site.label not in done]
    say(f"{len(wanted)} chosen, {len(wanted) - len(open_)} done before")
    deadline = begun + 60 * asked.minutes
    places: Queue[Path] = Queue()
    for n in range(asked.workers):
        places.put(copied(n))

    def one(site: Site) -> None:
        if time.monotonic() > deadline:
            return
        place = places.get()
        try:
            result = tried(site, place, tests)
        finally:
            places.put(place)
        done[site.label] = result
        with RESULTS.open("a") as out:
            out.write(json.dumps(result) + "\n")
        say(f"{len([s for s in wanted if s.label in done])}/{len(wanted)} {result['what']}: {site.label}")

    with ThreadPoolExecutor(asked.workers) as pool:
        list(pool.map(one, open_))
    return report(wanted, done, found)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def kept() -> list[dict[str, object]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def environment(home: str, **more: str) -> dict[str, str]:
    return {**os.environ, "MSPGOV_HOME": str(STATE / home), "PYTHONDONTWRITEBYTECODE": "1", **more}


def note_lines() -> None:
    """One run of the quick tests without a browser, in two halves at once, and of the house's slow ones beside them, that
    notes which test reaches which lines."""
    folders = sorted(p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and any(p.glob("test_*.py")))
    folders.remove("browser")
    weight = {f: sum(p.stat().st_size for p in (ROOT / "tests" / f).glob("*.py")) for f in folders}
    halves: list[list[str]] = [[], []]
    for folder in sorted(folders, key=lambda f: -weight[f]):
        min(halves, key=lambda half: sum(weight[f] for f in half)).append(folder)
    say("noting which test reaches which lines")
    running = []
    runs = [("not slow", half) for half in halves] + [("slow", ["house"])]
    for n, (marks, half) in enumerate(runs):
        command = [sys.executable, "-m", "coverage", "run", f"--data-file={LINES}.{n}", "--source=" + ",".join(("mspgov", "engagements", "contracts", "itsm", "costs", "governance")), *PYTEST, "-p", "tests.mutation.lines", "-m", marks, *(f"tests/{f}" for f in half)]  # fmt: skip
        command.remove("-x")
        running.append(subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr, env=environment(f"home{n}", SECONDS_TO=str(STATE / f"seconds.{n}"))))  # fmt: skip
    for process in running:
        process.wait()
    spent = {}
    for n in range(len(runs)):
        spent |= json.loads((STATE / f"seconds.{n}").read_text())
    SECONDS.write_text(json.dumps(spent))


class TestsByLine:
    """Which tests reach a line, of each folder the quickest first."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = json.loads(SECONDS.read_text())
        self.reached: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for data_file in STATE.glob("lines.*"):
            data = coverage.CoverageData(str(data_file))
            data.read()
            for name in data.measured_files():
                path = str(Path(name).relative_to(ROOT))
                for line, contexts in data.contexts_by_lineno(name).items():
                    self.reached[path][line] |= {c for c in contexts if c}

    def of(self, site: Site) -> list[str]:
        """Of the site's own app, then of the house; empty for what runs when it is imported."""
        top, *rest = Path(site.path).parts
        app = rest[0] if top == "mspgov" and len(rest) > 1 else top
        found = set().union(*(self.reached[site.path][n] for n in range(site.line, site.last + 1)))
        chosen = []
        for folder, most, seconds in (
            (f"tests/{app}/", MOST_TESTS, MOST_OF_THE_APP),
            ("tests/house/", MOST_OF_THE_HOUSE, MOST_OF_THE_HOUSE_SECONDS),
        ):
            quickest = self.in_turn(t for t in found if t.startswith(folder))[:most]
            spent = accumulate(map(self.spent, quickest))
            chosen += [
                test
                for n, (test, so_far) in enumerate(zip(quickest, spent, strict=True))
                if n < LEAST_TESTS or so_far <= seconds
            ]
        return chosen

    def in_turn(self, tests: Iterable[str]) -> list[str]:
        """The quickest of each test first, whatever its parameters, then the second of each: the few that run are of many
        kinds."""
        alike: dict[str, list[str]] = defaultdict(list)
        for test in sorted(tests, key=self.spent):
            alike[test.partition("[")[0]].append(test)
        return [test for turn in zip_longest(*alike.values()) for test in turn if test]

    def spent(self, test: str) -> float:
        """Seconds of a test while its lines were noted: twice or three times those that it takes by itself."""
        return self.seconds.get(test, 1.0)


def copied(n: int) -> Path:
    """A copy of the project to break, with an environment and services of its own."""
    place = STATE / f"copy{n}"
    shutil.rmtree(place, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and not name.startswith((".venv", "docs/", "var/")):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    (place / ".venv").symlink_to(ROOT / ".venv")
    shutil.copytree(ROOT / "static" / "fonts", place / "static" / "fonts", dirs_exist_ok=True)
    return place


def tried(site: Site, place: Path, tests: TestsByLine) -> dict[str, object]:
    """What the tests say of the project without this site."""
    file = place / site.path
    source = file.read_text()
    begun = time.monotonic()
    file.write_text(site.apply(source))
    try:
        reaching = tests.of(site)
        rounds = [HOUSE, DOORS] if not reaching or site.kind in {"mark", "roles", "wall"} else []
        rounds += [reaching] if reaching else []
        rounds += [DOORS] if site.path.startswith(AT_EVERY_DOOR) and DOORS not in rounds else []
        what, by = SURVIVED, ""
        for asked in rounds:
            what, by = run(asked, place, fresh=site.kind == "wall")
            if what != SURVIVED:
                break
    finally:
        file.write_text(source)
    return {"label": site.label, "kind": site.kind, "what": what, "by": by, "tests": len(reaching), "seconds": round(time.monotonic() - begun, 1)}  # fmt: skip


def run(asked: list[str], place: Path, *, fresh: bool) -> tuple[str, str]:
    """A wall is laid by a migration, so it wants a database of its own; the others share one that is cloned."""
    more = {} if fresh else {"TEST_TEMPLATE": "mutants"}
    try:
        ended = subprocess.run([sys.executable, *PYTEST, *asked], cwd=place, env=environment(place.name + "-home", **more), capture_output=True, text=True, timeout=MOST_SECONDS, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return SLOW, ""
    lines = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if ended.returncode in (0, 5):
        return SURVIVED, ""
    broken = ended.returncode > 1 or any("SyntaxError" in line or "ImportError" in line for line in lines)
    return (INVALID if broken else NOTICED), (lines[0][:200] if lines else ended.stderr[-200:])


def report(wanted: list[Site], done: dict[str, dict[str, object]], found: list[Site]) -> int:
    results = [done[site.label] for site in wanted if site.label in done]
    count = Counter(str(result["what"]) for result in results)
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        by_kind[str(result["kind"])][str(result["what"])] += 1
    valid = sum(count.values()) - count[INVALID]
    left = [str(r["label"]) for r in results if r["what"] in (SURVIVED, SLOW)]
    bare = {label: re.sub(r":\d+ ", " ", label, count=1) for label in left}
    explained = {
        label: why for label in left if (why := next((w for text, w in EXPLAINED.items() if text in bare[label]), ""))
    }
    for label in left:
        say(f"survived: {label}\n          {explained.get(label, 'not explained')}")
    document = {"places": len(found), "tried": len(results), "of": len(wanted), **count, "share_noticed": round(count[NOTICED] / valid, 4) if valid else None, "by_kind": {k: dict(c) for k, c in sorted(by_kind.items())}, "survivors_explained": len(explained), "survivors": left}  # fmt: skip
    print(json.dumps(document))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
