"""How long a board pack takes from its frozen facts to the file, beside bare WeasyPrint laying out the same HTML.

Ours pays for the start of its child, the sentences and drawings, the annexes and the completed structure; the floor is the layout alone,
WeasyPrint already imported, in a process of its own.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")

RUNS = 3
BARE = """
import sys, json, time
from pathlib import Path
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse
known = json.loads(Path(sys.argv[2]).read_text())
class Known(URLFetcher):
    def fetch(self, url, headers=None):
        asset = known[url]
        body = Path(asset["path"]).read_bytes() if "path" in asset else asset["text"].encode()
        return URLFetcherResponse(url, body, {"Content-Type": asset["media_type"]})
begun = time.perf_counter()
document = HTML(string=Path(sys.argv[1]).read_text(), base_url="https://paper.invalid/", url_fetcher=Known())
pdf = document.write_pdf(pdf_variant="pdf/ua-1")
seconds = time.perf_counter() - begun
Path(sys.argv[3]).write_bytes(pdf)
print(seconds)
"""


def main() -> None:
    import tempfile

    import django

    django.setup()

    from pikepdf import open as open_pdf

    from governance.calc.facts import canonical
    from governance.documents.pack import pack_html, print_pack
    from mspgov.documents.assets import known_assets
    from tests.governance.sample_facts import sample_facts

    text = canonical(sample_facts())
    ours, bare, files = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        html, assets, target = (Path(folder) / name for name in ("pack.html", "assets.json", "bare.pdf"))
        html.write_text(pack_html(text))
        assets.write_text(json.dumps(known_assets()))
        for _ in range(RUNS):
            begun = time.perf_counter()
            printed = print_pack(text)
            ours.append(time.perf_counter() - begun)
            files.append(printed.pdf)
            arguments = [sys.executable, "-c", BARE, str(html), str(assets), str(target)]
            bare.append(float(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout))
        with open_pdf(target) as plain:
            same_pages = len(plain.pages) == printed.pages
    seconds, floor = statistics.median(ours), statistics.median(bare)
    line = {
        "bench": "board_pack",
        "pages": printed.pages,
        "seconds": round(seconds, 2),
        "floor": "bare WeasyPrint, imported, on the same HTML",
        "floor_seconds": round(floor, 2),
        "ratio_to_floor": round(seconds / floor, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "equal": same_pages and len(set(files)) == 1,
        "runs": RUNS,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
