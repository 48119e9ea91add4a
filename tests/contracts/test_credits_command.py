"""`manage.py credits`: files, batches, faults."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

CASES = json.loads((Path(__file__).parent / "cases" / "credits.json").read_text())["cases"]


def run(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        try:
            call_command("credits", *map(str, arguments), stdout=out, stderr=err)
        except SystemExit as end:
            return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_batch_answers_line_by_line_and_goes_on_after_a_bad_one():
    good = [json.dumps({"terms": c["terms"], "results": c["results"]}) for c in CASES[:2]]
    bad = json.dumps({"terms": CASES[0]["terms"], "results": {"months": [{"month": "2031-01"}]}})
    worse = json.dumps({"terms": CASES[0]["terms"] | {"credit_regime": {"kind": "x"}}, "results": {}})
    code, out, err = run("--batch", stdin="\n".join([good[0], bad, worse, "{", good[1]]).encode())
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (2, "")
    assert [answers[0], answers[4]] == [CASES[0]["expected"], CASES[1]["expected"]]
    assert answers[1]["error"].startswith("results.months[0].month: 2031-01 lies outside")
    assert answers[2]["error"].startswith("terms.credit_regime.kind: must be one of")
    assert answers[3]["error"].startswith("line 1")


def test_files_are_answered_as_one_document(tmp_path):
    terms, results = tmp_path / "terms.yaml", tmp_path / "results.json"
    terms.write_text(json.dumps(CASES[0]["terms"]))
    results.write_text(json.dumps(CASES[0]["results"]))
    code, out, err = run(terms, results)
    assert (code, json.loads(out), err) == (0, CASES[0]["expected"], "")


def test_a_fault_is_one_line_with_file_and_path(tmp_path):
    terms, results = tmp_path / "terms.yaml", tmp_path / "results.json"
    terms.write_text(json.dumps(CASES[0]["terms"] | {"contract": {"reference": "X"}}))
    results.write_bytes(b"\xff")
    assert run(terms, results) == (2, "", f"{terms}: contract.currency: is required\n")
    terms.write_text(json.dumps(CASES[0]["terms"]))
    assert run(terms, results) == (2, "", f"{results}: line 1: is not text in UTF-8\n")
    assert run(terms, tmp_path / "none.json") == (2, "", f"{tmp_path / 'none.json'}: No such file or directory\n")
