"""Tags that draw the components: {% part page.heat %} picks the template of the dataclass; icons, marks and blocks that wrap content."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from functools import cache

from django import template
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from mspgov.web import words
from mspgov.web.components import Action, ErrorSummary, FormError, Link, Phrase, Ruler, RulerMark
from mspgov.web.icons import CORNERS, ICONS, MARKS

register = template.Library()
LONG_WORD = re.compile(
    r"(?<![^\s>])[^\s<>=]{28,}(?![^\s<])"
)  # words of the text, not of the marks around an identifier


@cache
def template_of(name: str) -> tuple[str, str]:
    """Template and variable of a component's class name: HeatTable is components/heat_table.html with heat_table."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return f"components/{snake}.html", snake


@register.simple_tag(takes_context=True)
def part(context: Context, component: object) -> str:
    """The component drawn by its own template, which sees nothing but it (and the token that its forms need); None draws nothing."""
    if component is None or component == "":
        return ""
    if not is_dataclass(component) or context.template is None:
        raise template.TemplateSyntaxError(f"{component!r} is no component")
    path, variable = template_of(type(component).__name__)
    inner = Context({variable: component, "csrf_token": context.get("csrf_token", "")}, autoescape=True)
    return context.template.engine.get_template(path).render(inner)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """An icon; its word stands beside it, so it is hidden from readers."""
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{1}</svg>',
        size,
        mark_safe(ICONS[name]),  # noqa: S308
    )


@register.simple_tag
def mark(state: str, size: int = 12) -> SafeString:
    """The mark of a state: shape and colour; the word stands beside it."""
    return format_html(
        '<svg class="mark mark-{0}" width="{1}" height="{1}" viewBox="0 0 12 12" aria-hidden="true" focusable="false">{2}</svg>',
        state,
        size,
        mark_safe(MARKS[state]),  # noqa: S308
    )


@register.simple_tag
def corner(state: str) -> SafeString:
    """The mark of 8 px in the corner of a heat cell; none for met and not measured."""
    if state not in CORNERS:
        return SafeString("")
    return format_html(
        '<svg class="corner corner-{0}" width="8" height="8" viewBox="0 0 8 8" aria-hidden="true" focusable="false">{1}</svg>',
        state,
        mark_safe(CORNERS[state]),  # noqa: S308
    )


@register.filter
def phrase(value: Phrase | object) -> SafeString:
    """Text or a tuple of text and links, escaped, with identifiers marked, numbers kept with their units, and words that
    are too long for a column allowed to break."""
    parts = value if isinstance(value, tuple) else (value,)
    return format_html_join("", "{}", ((_link(item) if isinstance(item, Link) else _text(item),) for item in parts))


def _text(value: object) -> SafeString:
    if isinstance(value, SafeString):
        return value
    escaped = str(conditional_escape(words.unbroken("" if value is None else str(value))))
    marked = words.IDENTIFIER.sub(lambda found: f'<span class="ident">{found.group()}</span>', escaped)
    return mark_safe(LONG_WORD.sub(lambda found: f'<span class="long">{found.group()}</span>', marked))  # noqa: S308


def _link(link: Link) -> SafeString:
    if link.look in {"strong", "was"}:
        return format_html("<strong>{}</strong>" if link.look == "strong" else "<del>{}</del>", _text(link.text))
    if not link.href:
        return _text(link.text)
    return format_html(
        '<a class="{}" href="{}">{}</a>', "link" if link.look == "text" else "figure-link", link.href, _text(link.text)
    )


@register.filter
def clause(value: Phrase) -> SafeString:
    """A phrase whose links are clause references."""
    return mark_safe(phrase(value).replace('class="figure-link"', 'class="clause"'))  # noqa: S308


@register.simple_tag(takes_context=True)
def action(
    context: Context,
    label: str,
    href: str = "",
    kind: str = "outlined",
    icon: str = "",
    post: bool = False,
    small: bool = False,
    target: str = "",
) -> str:
    """A button or link without a dataclass of its own."""
    return part(context, Action(label, href, kind, icon, post, small, htmx_target=target))


@register.simple_block_tag(takes_context=True)
def drawer(
    context: Context, content: SafeString, title: str = "", eyebrow: str = "", close: str = "", clock: str = ""
) -> SafeString:
    """A docked drawer (400 wide) around its content: eyebrow, title, close. Over 1100 px it stands beside the page, else over it."""
    return format_html(
        '<aside class="drawer" id="drawer" aria-labelledby="drawer-title" tabindex="-1"><header class="drawer-head"><div>{}'
        '<h2 class="drawer-title" id="drawer-title">{}</h2></div>'
        '<a class="drawer-close" href="{}" aria-label="Close {}" data-close-drawer>{}</a></header>{}</aside>',
        format_html('<p class="drawer-eyebrow">{}</p>', phrase(eyebrow)) if eyebrow else "",
        phrase(title),
        close or "?",
        title,
        icon("close"),
        content,
    )


@register.simple_block_tag
def callout(content: SafeString) -> SafeString:
    """One sentence that matters, with an accent bar at the left."""
    return format_html('<p class="callout">{}</p>', content)


@register.simple_block_tag
def actions(content: SafeString, end: bool = False) -> SafeString:
    """A row of buttons."""
    return format_html('<div class="actions{}">{}</div>', " actions-end" if end else "", content)


_SIGN_IN_RULER = Ruler(
    marks=(
        RulerMark(81.65, "Apr", "missed"),
        RulerMark(84.13, "Mar", "missed", shift=-14),
        RulerMark(84.93, "May", "missed", 1, -17),
        RulerMark(90.9, "Jan", "met"),
        RulerMark(96.5, "Feb", "met"),
    ),
    minimum=85,
    expected=90,
    name="P2 resolution, January to May: January and February met, March, April and May under the minimum of 85 %",
)


@register.simple_tag(takes_context=True)
def sign_in_ruler(context: Context) -> str:
    """The large gauge line of the sign-in page, with the demonstration's months."""
    return part(context, _SIGN_IN_RULER)


@register.simple_tag(takes_context=True)
def error_summary(context: Context, form: BaseForm, verb: str = "saved") -> str:
    """What keeps a bound form from being saved, in page order; nothing when it is clean."""
    return part(context, summary_of(form, verb))


def summary_of(form: BaseForm, verb: str = "saved") -> ErrorSummary | None:
    """The errors of a form as links to its fields, or None."""
    if not form.errors:
        return None
    errors = [FormError(words.sentence(str(error))) for error in form.non_field_errors()]
    errors += [
        FormError(f"{bound.label}: {words.sentence(str(error))}", f"#{bound.id_for_label or bound.auto_id}")
        for bound in form
        for error in bound.errors
    ]
    numbers = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    count = len(errors)
    counted = numbers[count] if count < len(numbers) else str(count)
    return ErrorSummary(f"{counted} thing{' keeps' if count == 1 else 's keep'} this from being {verb}", tuple(errors))


@register.filter
def sentence(error: object) -> str:
    return words.sentence(str(error))


@register.filter
def field_width(bound: BoundField) -> str:
    """The width a form wants for a field: `widths = {"owner": "half"}` on the form; "" is the whole line."""
    return str(getattr(bound.form, "widths", {}).get(bound.name, ""))


@register.filter
def field_segmented(bound: BoundField) -> bool:
    """Whether a choice stands as one segmented row: named in `segmented` of the form."""
    return bound.name in getattr(bound.form, "segmented", ())
