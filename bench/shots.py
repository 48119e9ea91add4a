"""Pictures of the main pages into shots/: light and dark, 1440 and 390 wide; that of performance goes to docs/pictures/.

Names are a number, the page, the theme, and `phone` for 390: 03-performance-dark-phone.png. Pack pages are paper and
have one picture each.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from instance import ROOT, running_demo
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SHOTS = ROOT / "shots"
PICTURE = ROOT / "docs" / "pictures" / "performance.png"
PICTURE_BYTES = 300_000
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
]  # fmt: skip
WIDTHS = {"": (1440, 900), "-phone": (390, 844)}
THEMES = ("light", "dark")
PACK_DPI = 96
TENANT, ENGAGEMENT, OWNER, IMPORTER = "aurora", "workplace", "ada@aurora.example", "meilin@aurora.example"
UPLOAD = """Number,Opened,First answer,Closed,Prio,Category
INC9001,2016-06-20 09:12,2016-06-20 09:20,2016-06-20 15:40,High,Mail
INC9002,2016-06-20 10:03,2016-06-20 10:31,2016-06-21 09:15,Moderate,Device
INC9003,2016-06-31 08:47,2016-06-30 09:01,2016-06-30 17:20,High,Mail
INC9004,2016-06-21 11:30,2016-06-21 11:42,2016-06-20 16:05,Moderate,Access
INC9005,2016-06-22 14:08,2016-06-22 14:19,,Low,Device
"""


@dataclass(frozen=True)
class Shot:
    """A page: what it is called, its address under the tenant ('/' before it: of the site), who looks at it."""

    name: str
    path: str
    person: str = OWNER


def main() -> None:
    with running_demo(processes=2, worker=True) as address, tempfile.TemporaryDirectory() as folder:
        import django

        django.setup()
        shutil.rmtree(SHOTS, ignore_errors=True)
        SHOTS.mkdir()
        wanted = shots()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            sessions = {person: session(browser, address, person) for person in (OWNER, IMPORTER, "")}
            preview = upload(browser, address, sessions[IMPORTER], Path(folder) / "tickets.csv")
            for shot in [*wanted, Shot("07-import", preview, IMPORTER)]:
                for theme in THEMES:
                    for width in WIDTHS:
                        take(browser, address, sessions[shot.person], shot, theme, width)
            browser.close()
        pack_pages(Path(folder))
        keep_picture()
    print(json.dumps({"shots": len(list(SHOTS.glob("*.png"))), "folder": "shots"}))


def shots() -> list[Shot]:
    """The pages, with the missed month and the late ticket that they show, read from the tables."""
    from contracts.models import Calendar
    from itsm.models import MonthSeal, Outcome, Result
    from mspgov.tenancy.context import enter
    from mspgov.tenancy.queries import tenant_by_slug

    tenant = tenant_by_slug(TENANT)
    assert tenant is not None
    with enter(tenant.pk):
        sealed = list(MonthSeal.objects.filter(engagement__slug=ENGAGEMENT).values_list("month", flat=True))
        results = Result.objects.filter(month__in=sealed, engagement__slug=ENGAGEMENT, service_level__measure="resolve")
        latest = results.order_by("-month", "service_level__position", "-version")
        missed = latest.filter(standing="missed").first() or latest.first()
        assert missed is not None
        late = Outcome.objects.filter(result=missed, met=False, excluded_for="", paused_us__gt=0).order_by(
            "elapsed_us", "pk"
        )
        outcome = late.select_related("ticket").first()
        assert outcome is not None
        level, ticket = missed.service_level.key, outcome.ticket.public_id
        calendar = Calendar.objects.order_by("name").first()
        assert calendar is not None
        drawer = f"performance/?engagement={ENGAGEMENT}&level={level}&month={missed.month}"
    return [
        Shot("01-home", ""),
        Shot("02-engagement", f"engagements/{ENGAGEMENT}/"),
        Shot("03-performance", drawer),
        Shot("04-ticket", f"tickets/{ticket}/"),
        Shot("05-credits", "money/"),
        Shot("08-form", "calendars/new/"),
        Shot("08-list", f"tickets/?outcome=missed&month={missed.month}"),
        Shot("09-sign-in", "/accounts/login/", ""),
        Shot("11-months", f"money/months/?engagement={ENGAGEMENT}"),
        Shot("12-contracts", "contracts/"),
        Shot("13-calendar", f"calendars/{calendar.public_id}/"),
        Shot("14-packs", "governance/"),
    ]


def session(browser: Browser, address: str, person: str) -> Any:
    """The cookies of a signed-in person; none for nobody."""
    if not person:
        return None
    from mspgov.desk.demo.people import PASSWORD

    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", person)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/o/**")
    state = context.storage_state()
    context.close()
    return state


def upload(browser: Browser, address: str, state: Any, file: Path) -> str:
    """Bring a file with two bad rows up to its preview, without importing it; the path of that page."""
    file.write_text(UPLOAD)
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{address}/o/{TENANT}/imports/new/?engagement={ENGAGEMENT}")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check file").click()
    page.wait_for_url("**/mapping/")
    for text, priority in (("High", "P2"), ("Moderate", "P3"), ("Low", "P4")):
        choose_priority(page, text, priority)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_role("button", name="Import").first.wait_for()
    path = page.url.removeprefix(f"{address}/o/{TENANT}/")
    context.close()
    return path


def choose_priority(page: Page, text: str, priority: str) -> None:
    """What a word of the file means, where the page has not guessed it."""
    field = page.get_by_label(text, exact=True)
    if field.count():
        field.first.select_option(priority)


def take(browser: Browser, address: str, state: Any, shot: Shot, theme: Any, width: str) -> None:
    x, y = WIDTHS[width]
    context = browser.new_context(
        storage_state=state, viewport={"width": x, "height": y}, color_scheme=theme, reduced_motion="reduce"
    )
    with_page(context, address, shot, lambda page: page.screenshot(path=SHOTS / f"{shot.name}-{theme}{width}.png", full_page=True))  # fmt: skip


def with_page(context: BrowserContext, address: str, shot: Shot, do: Callable[[Page], object]) -> None:
    """Open the page, wait for its fragments and fonts, do it. Raises RuntimeError where the page is refused."""
    page = context.new_page()
    url = address + shot.path if shot.path.startswith("/") else f"{address}/o/{TENANT}/{shot.path}"
    answer = page.goto(url, wait_until="networkidle")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{shot.name}: {url} answers {answer.status if answer else 'nothing'}")
    page.evaluate("document.fonts.ready")
    do(page)
    print(f"{shot.name} {page.viewport_size}", file=sys.stderr)
    context.close()


def pack_pages(folder: Path) -> None:
    """Every page of the latest board pack, as poppler draws it."""
    from governance.models import Pack
    from governance.queries import pack_file
    from mspgov.records.services import read_file
    from mspgov.tenancy.context import enter
    from mspgov.tenancy.queries import tenant_by_slug

    tenant = tenant_by_slug(TENANT)
    assert tenant is not None
    file = folder / "pack.pdf"
    with enter(tenant.pk):
        pack = Pack.objects.filter(engagement__slug=ENGAGEMENT).order_by("-quarter", "-pk").first()
        assert pack is not None
        file.write_bytes(b"".join(read_file(pack_file(pack.public_id, "A4"))))
    subprocess.run(["pdftoppm", "-r", str(PACK_DPI), "-png", file, SHOTS / "10-pack"], check=True)


def keep_picture() -> None:
    """The README's picture, in 256 colours. Raises RuntimeError when it is too big all the same."""
    out = BytesIO()
    with Image.open(SHOTS / "03-performance-light.png") as shot:
        shot.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)  # fmt: skip
    if out.tell() > PICTURE_BYTES:
        raise RuntimeError(f"the picture has {out.tell()} bytes, more than {PICTURE_BYTES}")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(out.getvalue())


if __name__ == "__main__":
    main()
