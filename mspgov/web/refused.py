"""Answers to requests that no view answered: a page, or problem+json where the API was asked."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from mspgov.tenancy.middleware import is_api, tenant_in

from .api_problems import MEDIA_TYPE, document


def bad_request(request: HttpRequest, exception: object = None) -> HttpResponse:
    return _answer(request, 400, "the request cannot be read")


def forbidden(request: HttpRequest, exception: object = None) -> HttpResponse:
    return _answer(request, 403, "forbidden")


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:
    return _answer(request, 404, "there is nothing here that you can see")


def broken(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "it broke on our side; nothing of this request was saved")


def _answer(request: HttpRequest, status: int, why: str) -> HttpResponse:
    if tenant_in(request.path_info) is not None and is_api(request):
        return JsonResponse(document(status, why), status=status, content_type=MEDIA_TYPE)
    return render(request, f"{status}.html", status=status)
