"""Where a check, a filter, a policy or a scope stands in the source, and the text without it."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("mspgov", "engagements", "contracts", "itsm", "costs", "governance")
POLICY = '__import__("mspgov.tenancy.policy", fromlist=["x"])'
SCOPING = {
    "engagement", "engagement_id", "engagement__in", "person", "person_id", "person__is_active", "active", "revoked_at",
    "revoked_at__isnull", "expires_at__gt", "withdrawn_at", "accepted_at", "record__kind", "membership", "membership_id",
    "public_id", "key_hash", "secret_hash", "by", "asked_by", "person__in", "role__in", "owed_by", "accepted_by__in",
}  # fmt: skip
READS = {"filter", "get", "exclude", "get_object_or_404", "locked"}
RULES = {"also_visible", "also_within", "also_required", "wall_column"}
WALLS = (  # (file, text, without it): the walls are written as text
    ("mspgov/tenancy/walls.py", ", force row level security", ""),
    ("mspgov/tenancy/walls.py", 'APPEND if is_history(model) or getattr(model, "append_only", False) else READ_WRITE', "READ_WRITE"),
    ("mspgov/tenancy/walls.py", 'yield f"{table}_in_tenant"[:63], f"unique (tenant_id, {model._meta.pk.column})"', "pass"),
    ("mspgov/tenancy/columns.py", "super().get_queryset().filter(tenant_id=CurrentTenant())", "super().get_queryset()"),
    ("mspgov/tenancy/context.py", 'raise NoTenant("no tenant entered")', "return 1"),
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """One place: `start` and `end` are offsets in characters of its file, `without` stands there when it is taken out."""

    kind: str
    path: str
    line: int
    last: int
    start: int
    end: int
    without: str
    text: str
    nth: int = 1  # of those that read alike on a line

    @property
    def label(self) -> str:
        alike = f" ({self.nth})" if self.nth > 1 else ""
        return f"{self.path}:{self.line} {self.kind}: {' '.join(self.text.split())[:90]}{alike}"

    def apply(self, source: str) -> str:
        return source[: self.start] + self.without + source[self.end :]


def sites() -> list[Site]:
    """All of them, in order of files and lines."""
    found = []
    for path in sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py")):
        if "migrations" in path.parts or "demo" in path.parts or "management" in path.parts:
            continue
        source = path.read_text()
        reader = _Reader(str(path.relative_to(ROOT)), source)
        reader.visit(ast.parse(source))
        found += reader.found
    alike: Counter[str] = Counter()
    numbered = []
    for site in sorted(found + list(_walls()), key=lambda site: (site.path, site.start)):
        alike[site.label] += 1
        numbered.append(replace(site, nth=alike[site.label]))
    return numbered


def _walls() -> Iterator[Site]:
    for path, text, without in WALLS:
        source = (ROOT / path).read_text()
        if (start := source.find(text)) >= 0:
            line = source.count("\n", 0, start) + 1
            yield Site("wall", path, line, line, start, start + len(text), without, text)


class _Reader(ast.NodeVisitor):
    def __init__(self, path: str, source: str) -> None:
        self.path, self.source, self.found = path, source, list[Site]()
        self.lines = [0]
        for line in source.splitlines(keepends=True):
            self.lines.append(self.lines[-1] + len(line))
        self.depth = 0

    def add(self, kind: str, node: ast.AST, without: str, text: str = "") -> None:
        start, end = self.span(node)
        last = getattr(node, "end_lineno", 0)
        self.found.append(
            Site(kind, self.path, node.lineno, last, start, end, without, text or self.source[start:end])  # type: ignore[attr-defined]
        )

    def span(self, node: ast.AST) -> tuple[int, int]:
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def offset(self, line: int, column: int) -> int:
        """ast counts columns in bytes."""
        text = self.source[self.lines[line - 1] : self.lines[line] if line < len(self.lines) else None]
        return self.lines[line - 1] + len(text.encode()[:column].decode())

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "may" and mark.args:
                self.permission(mark.args[0])
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in node.body:
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                name, value = each.targets[0].id, each.value
                if name in {"may", "may_write"}:
                    self.permission(value)
                elif name == "writes" and isinstance(value, ast.Dict):
                    for inner in value.values:
                        self.permission(inner)
                elif name == "append_only":
                    self.add("wall", value, "False", f"{node.name}.append_only")
                elif name in RULES:
                    self.add("wall", each, "pass", f"{node.name}.{name}")
        self.generic_visit(node)

    def permission(self, node: ast.expr) -> None:
        text = self.source[slice(*self.span(node))]
        if isinstance(node, (ast.Name, ast.Attribute)) and not text.endswith(("MEMBER", "SIGNED_IN", "PUBLIC")):
            self.add("mark", node, f"{POLICY}.MEMBER")

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "holds" and node.args:
            self.add("check", node, "True")
        elif name == "Permission" and self.path.endswith("policy.py") and len(node.args) == 2:
            if self.source[slice(*self.span(node.args[1]))] != "EVERYONE" and not _is_empty(node.args[1]):
                self.add("roles", node.args[1], f"frozenset({POLICY}.Role)", self.source[slice(*self.span(node))])
        elif name in READS:
            for keyword in node.keywords:
                if keyword.arg in SCOPING:
                    self.keyword(node, keyword)
        self.generic_visit(node)

    def keyword(self, call: ast.Call, keyword: ast.keyword) -> None:
        start, end = self.span(keyword)
        rest = self.source[end:]
        end += len(rest) - len(rest.lstrip())
        if self.source[end : end + 1] == ",":
            end += 1
        text = f"{self.source[slice(*self.span(call.func))][-40:]}({self.source[slice(*self.span(keyword))]})"
        self.found.append(Site("filter", self.path, call.lineno, call.end_lineno or 0, start, end, "", text))

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "narrow":
            self.add("check", node, "pass")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        first = node.body[0]
        raised = first.exc if isinstance(first, ast.Raise) else None
        called = raised.func if isinstance(raised, ast.Call) else raised
        if called is not None and getattr(called, "id", "") in {"Http404", "PermissionDenied"}:
            self.add("check", node.test, "False", f"if {self.source[slice(*self.span(node.test))]}: 404")
        self.generic_visit(node)


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and not node.args
