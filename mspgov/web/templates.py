"""A template engine that may not ask the database: for DEBUG and tests, whoever renders (views, forms, mails, PDF)."""

from contextlib import ExitStack
from typing import Any, NoReturn

from django.db import connections
from django.template.backends.django import DjangoTemplates, Template


class QueryInTemplate(AssertionError):
    """A template asked the database. Fetch it in the view or its query."""


def _refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> NoReturn:
    raise QueryInTemplate(f"a template asked the database: {sql[:200]}")


class QuietTemplate(Template):
    def render(self, context: Any = None, request: Any = None) -> Any:
        with ExitStack() as stack:
            for connection in connections.all(initialized_only=True):
                stack.enter_context(connection.execute_wrapper(_refuse))
            return super().render(context, request)


class QuietTemplates(DjangoTemplates):
    def from_string(self, template_code: str) -> Any:
        return self._quiet(super().from_string(template_code))

    def get_template(self, template_name: str) -> Any:
        return self._quiet(super().get_template(template_name))

    def _quiet(self, template: Any) -> QuietTemplate:
        return QuietTemplate(template.template, self)
