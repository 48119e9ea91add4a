"""A kept file as an attachment: never shown inside the product's own pages."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from mspgov.records.models import File
from mspgov.records.services import read_file


def attachment(file: File) -> HttpResponse:
    """The bytes with their media type and name; the browser may neither guess another type nor run anything in them."""
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=file.name) or "attachment",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(b"".join(read_file(file)), content_type=file.media_type, headers=headers)
