"""Cut the fonts that screen and paper use; does nothing when all are there."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mspgov.web.fonts import build_cuts, missing_cuts


class Command(BaseCommand):
    help = "Cuts IBM Plex Sans 400, 500, 600 and 400 italic as WOFF2 and TTF into static/fonts."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="cut all faces anew")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "static" / "fonts"
        written = build_cuts(folder, None if options["again"] else missing_cuts(folder))
        self.stdout.write(f"{len(written)} font files written to static/fonts")
