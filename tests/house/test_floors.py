"""The house stands as it is drawn: floors, rooms, keys between them, and what models and code may not do."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from mspgov.tenancy.walls import is_history

ROOT = Path(settings.BASE_DIR)
APPS = ("engagements", "contracts", "itsm", "costs", "governance")
FLOORS = {  # app label: floor, from below; siblings share one
    label: floor
    for floor, labels in enumerate(
        [
            ("contenttypes",),
            ("tenancy",),
            ("records",),
            ("jobs",),
            ("documents",),
            ("web",),
            ("engagements",),
            ("contracts",),
            ("itsm",),
            ("costs",),
            ("governance",),
            ("desk",),
        ]
    )
    for label in labels
}
ROOMS = {
    "policy", "connectors", "calc", "importers", "models", "queries", "services", "documents", "forms", "kits", "runs",
    "views", "api", "urls", "apps", "migrations", "management",
}  # fmt: skip
NAMES = {"util", "utils", "helper", "helpers", "common", "base", "misc", "manager", "managers", "core"}


def own_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in FLOORS and m._meta.app_label != "contenttypes"]


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in p.parts)


def test_imports_keep_to_the_floors_and_rooms() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_app_has_no_stray_rooms() -> None:
    found = {p.stem for app in APPS for p in (ROOT / app).iterdir() if not p.name.startswith("_")} - ROOMS
    assert found == set()


def test_nothing_is_named_by_what_it_is_not() -> None:
    assert [str(p) for p in sources("mspgov", *APPS) if p.stem in NAMES] == []


def test_every_package_says_what_lives_in_it_and_what_does_not() -> None:
    packages = [ROOT / "mspgov" / name for name in ("kernel", "tenancy", "records", "jobs", "web", "documents", "desk")]
    for package in [*packages, *(ROOT / app for app in APPS)]:
        assert ast.get_docstring(ast.parse((package / "__init__.py").read_text())), package


def foreign_keys() -> Iterator[tuple[type[models.Model], models.ForeignKey]]:  # type: ignore[type-arg]
    for model in own_models():
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey):
                yield model, field


def test_keys_point_to_the_same_floor_or_below() -> None:
    upward = [
        f"{model._meta.label}.{f.name}"
        for model, f in foreign_keys()
        if FLOORS.get(f.related_model._meta.app_label, 0) > FLOORS[model._meta.app_label]
    ]
    assert upward == []


def test_keys_across_floors_leave_nothing_behind_on_the_lower_one() -> None:
    named = [
        f"{model._meta.label}.{f.name}"
        for model, f in foreign_keys()
        if f.related_model._meta.app_label != model._meta.app_label
        and not is_history(model)
        and f.remote_field.related_name != "+"
    ]
    assert named == []


def test_models_neither_save_by_themselves_nor_order_their_rows() -> None:
    assert [m._meta.label for m in own_models() if "save" in vars(m) or "delete" in vars(m)] == []
    assert [m._meta.label for m in own_models() if m._meta.ordering and not is_history(m)] == []


def test_unique_keys_begin_with_the_tenant() -> None:
    shared = {"tenancy.Tenant", "tenancy.Person"}
    wrong = [
        f"{m._meta.label}.{c.name}"
        for m in own_models()
        for c in m._meta.constraints
        if isinstance(c, models.UniqueConstraint)
        and c.fields
        and c.fields[0] != "tenant"
        and m._meta.label not in shared
    ]
    assert wrong == []


def test_rows_point_to_rows_that_may_not_be_deleted_under_them() -> None:
    cascading = [
        f"{model._meta.label}.{f.name}"
        for model, f in foreign_keys()
        if f.remote_field.on_delete is not models.PROTECT and f.db_constraint and not is_history(model)
    ]
    assert set(cascading) <= {"tenancy.MembershipEngagement.membership", "records.FilePiece.file"}


def governed() -> set[str]:
    """Class names of models with history: `update()` would leave no trace of a change."""
    return {m.__name__ for m in own_models() if hasattr(m, "history")}


def test_rows_with_a_history_are_never_changed_in_bulk() -> None:
    """Finds `Model.objects.….update(` and its bulk kin by reading the source."""
    wrong = []
    for path in sources("mspgov", *APPS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr not in {"update", "bulk_update", "bulk_create", "update_or_create"}:
                    continue
                if (root := root_of(node.func)) in governed() and node.func.attr != "update_or_create":
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {root}")
    assert wrong == []


def root_of(node: ast.expr) -> str:
    """The name at the left end of a chain of attributes and calls."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def test_nobody_filters_by_the_tenant_by_hand() -> None:
    """Managers do; only the frame that enters tenants may name it."""
    wrong = []
    for path in sources(*APPS):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if called in {"filter", "exclude", "get"} and any(k.arg in {"tenant", "tenant_id"} for k in node.keywords):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_no_signal_carries_the_domain() -> None:
    allowed = {Path("mspgov/celery.py"), Path("mspgov/tenancy/apps.py")}
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources("mspgov", *APPS)
        if path.relative_to(ROOT) not in allowed
        and any(
            isinstance(node, ast.ImportFrom) and (node.module or "").endswith("signals")
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("setting", ["QuietTemplates"])
def test_templates_that_ask_the_database_are_refused(setting: str) -> None:
    assert settings.TEMPLATES[0]["BACKEND"].endswith(setting)
