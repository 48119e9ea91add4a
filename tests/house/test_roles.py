"""Who holds each permission, and what is never changed: written down beside the code, so that widening either is noticed."""

import importlib
import pkgutil

from django.apps import apps

from mspgov.tenancy.policy import Permission, Role
from mspgov.tenancy.walls import tenant_models
from tests.house.roles_table import APPEND_ONLY, EVERY, ROLES, WALL_RULES
from tests.house.test_floors import APPS


def permissions() -> dict[str, Permission]:
    """All that the policies declare."""
    found = {}
    packages = [importlib.import_module(name) for name in APPS] + [importlib.import_module("mspgov")]
    names = [f"{name}.policy" for name in APPS] + [
        f"{package.name}.policy" for package in pkgutil.iter_modules(packages[-1].__path__, "mspgov.") if package.ispkg
    ]
    for name in names:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        found |= {p.name: p for p in vars(module).values() if isinstance(p, Permission)}
    return found


def test_each_permission_is_held_by_the_roles_that_the_table_names_and_by_no_other() -> None:
    found = {name: set(map(str, p.roles)) for name, p in permissions().items()}
    wanted = {name: set(map(str, Role)) if roles == EVERY else set(roles.split()) for name, roles in ROLES.items()}
    assert found == wanted


def test_what_is_written_once_is_what_the_table_names() -> None:
    assert {m._meta.label for m in tenant_models() if getattr(m, "append_only", False)} == set(APPEND_ONLY.split())


def test_the_walls_own_rules_are_those_of_the_table() -> None:
    names = ("also_visible", "also_within", "also_required", "wall_column")
    found = {
        f"{m._meta.label}.{name}"
        for m in apps.get_models(include_auto_created=True)
        for name in names
        if name in vars(m) and getattr(m, name)
    }
    assert found == set(WALL_RULES.split())
