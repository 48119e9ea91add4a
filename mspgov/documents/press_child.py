"""The child that turns HTML into PDF/UA-1; it runs alone, without the project on its path, and reads only what it is given.

Contract: on standard input one line of JSON with the document, one with the heads of what travels inside, then its bytes; on standard
output one line of JSON and the PDF. See press.py.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

MEMORY, CPU_SECONDS, FILE_BYTES = (int(word) for word in sys.argv[1:4])
resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

import pydyf  # noqa: E402  # the limits above come first, so that they hold for the imports too
from weasyprint import HTML, Attachment  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402


class OnlyTheseAssets(URLFetcher):
    """Serves the addresses of the map, from the path or the text given for each, and refuses every other; keeps what it refused."""

    def __init__(self, assets: dict[str, dict[str, str]]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self.assets = assets
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        if url not in self.assets:
            self.refused.append(url[:200])
            raise ValueError("refused: not one of the document's own assets")
        asset = self.assets[url]
        body = Path(asset["path"]).read_bytes() if "path" in asset else asset["text"].encode()
        return URLFetcherResponse(url, body, {"Content-Type": asset["media_type"]})


def head_cells(boxes: Any) -> Iterator[Any]:
    for box in boxes:
        if getattr(box, "mark", None) is not None and box.element is not None and box.element_tag == "th":
            yield box
        if hasattr(box, "children"):
            yield from head_cells(box.children)


def complete_structure(document: Any, pdf: Any) -> None:
    """Gives every TH its Scope, and the structure tree the index of the identifiers that these cells carry (ISO 14289-1, 7.5)."""
    for page in document.pages:
        for cell in head_cells([page._page_box]):
            cell.mark["A"]["Scope"] = "/Row" if cell.element.attrib.get("scope") in {"row", "rowgroup"} else "/Column"
    entries = [o for o in pdf.objects if isinstance(o, pydyf.Dictionary)]
    named = sorted(
        (entry for entry in entries if entry.get("Type") == "/StructElem" and "ID" in entry),
        key=lambda entry: entry["ID"].data,
    )
    if named:
        names = pydyf.Array()
        for entry in named:
            names.extend([entry["ID"], entry.reference])
        leaf = pydyf.Dictionary({"Limits": pydyf.Array([named[0]["ID"], named[-1]["ID"]]), "Names": names})
        pdf.add_object(leaf)
        root = next(entry for entry in entries if entry.get("Type") == "/StructTreeRoot")
        root["IDTree"] = pydyf.Dictionary({"Kids": pydyf.Array([leaf.reference])})


def relate_files(pdf: Any, attachments: list[Attachment]) -> None:
    """Says of every file inside what it is to the document, and names it in the catalogue (ISO 32000-2, 14.13)."""
    entries = [o for o in pdf.objects if isinstance(o, pydyf.Dictionary) and o.get("Type") == "/Filespec"]
    for entry, attachment in zip(entries, attachments, strict=True):
        entry["AFRelationship"] = f"/{attachment.relationship}"
    if entries:
        pdf.catalog["AF"] = pydyf.Array([entry.reference for entry in entries])


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    at = datetime.fromisoformat(request["at"])
    begun = time.perf_counter()
    fetcher = OnlyTheseAssets(request["assets"])
    document = HTML(string=request["html"], base_url=request["base_url"], url_fetcher=fetcher).render(
        font_config=FontConfiguration(), pdf_variant="pdf/ua-1"
    )
    attachments = [
        Attachment(
            string=sys.stdin.buffer.read(entry["size"]),
            name=entry["name"],
            description=entry["description"],
            created=at,
            modified=at,
            relationship=entry["relationship"],
        )
        for entry in json.loads(sys.stdin.buffer.readline())
    ]

    def finish(laid_out: Any, file: Any) -> None:
        complete_structure(laid_out, file)
        relate_files(file, attachments)

    pdf = document.write_pdf(
        finisher=finish,
        pdf_variant="pdf/ua-1",
        pdf_identifier=request["identifier"].encode(),
        attachments=attachments,
    )
    answer = {
        "pages": len(document.pages),
        "seconds": round(time.perf_counter() - begun, 3),
        "refused": sorted(set(fetcher.refused)),
        "size": len(pdf),
    }
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pdf)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
