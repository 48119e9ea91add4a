"""Files that are no CSV, or a hostile one: a clear word, bounded memory."""

import io
import resource

import pytest

from itsm.importers.table import LONGEST_FIELD, LONGEST_LINE, Counted, Table, stream
from mspgov.kernel.faults import Fault

pytestmark = pytest.mark.requirement("R5.1")


def rows_of(content: bytes, **options: str) -> list[tuple[int, list[str]]]:
    return list(Table(io.BytesIO(content), **options).rows())


def fault_of(content: bytes, **options: str) -> str:
    with pytest.raises(Fault) as caught:
        rows_of(content, **options)
    return str(caught.value)


def test_rows_are_numbered_from_the_header_and_blank_lines_count():
    assert rows_of(b"a,b\n1,2\n\n3,4\r\n") == [(2, ["1", "2"]), (4, ["3", "4"])]


def test_a_byte_order_mark_is_no_part_of_the_header():
    assert Table(io.BytesIO(b"\xef\xbb\xbfa,b\n")).header == ["a", "b"]


def test_quoted_fields_may_hold_delimiters_quotes_and_lines():
    assert rows_of(b'a;b\n"x;""y""\nz";2\n3;4\n', delimiter=";") == [(2, ['x;"y"\nz', "2"]), (3, ["3", "4"])]


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n1,2\n", b",,\n1,2,3\n"])
def test_a_file_without_header_is_refused(content):
    assert fault_of(content) == "row 1: no header: the first row must name the columns"


def test_a_column_that_stands_there_twice_is_refused():
    assert fault_of(b"a,b,a\n") == "row 1: the column a stands there twice"


def test_two_hundred_thousand_columns_are_refused():
    assert fault_of(b",".join(b"c%d" % i for i in range(200_000)) + b"\n") == (
        "row 1: 200,000 columns, more than the 1,000 that are read"
    )


def test_a_wrong_encoding_names_the_line_and_the_byte():
    lines = b"a\n" + b"plain\n" * 30_000 + "caf\u00e9\n".encode("latin-1")
    assert fault_of(lines).startswith("line 30002: byte 0xE9 is not utf-8")
    assert rows_of(lines, encoding="latin-1")[-1] == (30_002, ["caf\u00e9"])


def test_utf_16_is_recognised_by_its_nul_or_its_mark_and_read_when_named():
    text = "a,b\n1,2\n"
    assert "NUL" in fault_of(text.encode("utf-16-le"))
    assert "0xFF is not utf-8" in fault_of(text.encode("utf-16"))
    assert rows_of(text.encode("utf-16"), encoding="utf-16") == [(2, ["1", "2"])]


def test_an_unknown_encoding_is_a_fault_of_the_mapping():
    assert fault_of(b"a\n", encoding="klingon") == "mapping.encoding: 'klingon' is no known encoding"
    assert fault_of(b"a\n", encoding="zip") == "mapping.encoding: 'zip' is no encoding of text"


def test_a_quotation_mark_that_is_not_closed_is_said():
    content = b'a,b\n1,2\n"3,4\n' + b"x,y\n" * LONGEST_FIELD
    assert (
        fault_of(content) == f"row 3: a field longer than {LONGEST_FIELD:,} characters; is a quotation mark not closed?"
    )


def test_a_line_without_end_is_refused_before_it_fills_the_memory():
    def pieces():
        yield b"a,b\n"
        for _ in range(2_000):  # two gibibytes, were they read
            yield b"x" * 2**20

    binary, taken = stream(pieces())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Fault, match="line 2: longer than 4 MiB"):
        list(Table(binary).rows())
    assert taken.taken < 2 * LONGEST_LINE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_pieces_of_any_size_are_one_stream():
    counted = Counted(iter([b"ab", b"", b"cde", b"f"]))
    assert io.BufferedReader(counted).read() == b"abcdef"
    assert counted.taken == 6
