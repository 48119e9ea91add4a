"""`manage.py credits TERMS RESULTS` and `--batch`: credits from terms and results, without a database."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from contracts.calc.credits import credits
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms
from contracts.importers.terms_fields import Fields
from contracts.importers.terms_text import in_file, read_json, read_text
from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands


class Command(commands.Command):
    help = "Print the service credits that follow from a terms file (YAML) and a results file (JSON)."
    database_wanted = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("terms", nargs="?", metavar="TERMS")
        parser.add_argument("results", nargs="?", metavar="RESULTS")
        parser.add_argument(
            "--batch", action="store_true", help='read {"terms": …, "results": …} from standard input, one a line'
        )

    def work(self, **options: Any) -> Any:
        terms, results = options["terms"], options["results"]
        if options["batch"]:
            if terms is not None:
                raise Fault("--batch", "takes no files, it reads standard input")
            self.answer_lines(sys.stdin.buffer)
            return None
        if terms is None or results is None:
            raise Fault("credits", "needs TERMS and RESULTS, or --batch")
        return answer(terms, results)

    def answer_lines(self, lines: Iterable[bytes]) -> None:
        """One answer a line, in order; a bad line answers its error, and the exit code is 2 at the end."""
        faulty = False
        for line in lines:
            if not line.strip():
                continue
            try:
                document = answer_document(line.strip())
            except Fault as fault:
                faulty = True
                document = {"error": " ".join(str(fault).split())}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        if faulty:
            raise SystemExit(2)


def answer(terms_file: str, results_file: str) -> dict[str, Any]:
    """The credits of two files; Fault with the file's name before the path."""
    with in_file(terms_file):
        terms = read_terms(read_text(content(terms_file)))
    with in_file(results_file):
        results = read_results(read_json(read_text(content(results_file))), terms)
    return credits(terms, results).document()


def answer_document(line: bytes) -> dict[str, Any]:
    """The credits of one document of a batch; Fault with `terms.` or `results.` before the path."""
    fields = Fields(read_json(read_text(line)), "", ("terms", "results"))
    for key in ("terms", "results"):
        if not isinstance(fields.required(key, lambda value, path: value), dict):
            raise Fault(key, "must be a mapping of keys to values")
    terms = read_terms(fields.values["terms"], path="terms")
    return credits(terms, read_results(fields.values["results"], terms, path="results")).document()


def content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as problem:
        raise Fault("", problem.strerror or "cannot be read") from None
