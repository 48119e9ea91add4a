"""The language's half of isolation: fields and a manager that know the entered tenant, looked up when the query runs."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from .context import tenant_id


class TenantField(models.ForeignKey[Any, Any]):
    """Filled from the entered tenant; whoever carries it is walled."""

    def __init__(self, to: Any = "tenancy.Tenant", on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        super().__init__(to, on_delete, **{"related_name": "+", "editable": False, "default": tenant_id, **kwargs})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)  # a migration knows no tenant: AddField would call it and raise NoTenant
        return name, "django.db.models.ForeignKey", args, kwargs


class UuidV7(models.Func):
    """PostgreSQL 18's time-ordered identifier."""

    function = "uuidv7"
    arity = 0
    output_field = models.UUIDField()


class CurrentTenant(models.Expression):
    output_field = models.BigIntegerField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return "%s", (tenant_id(),)


class TenantQuerySet(models.QuerySet[Any]):
    pass


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Filters by the entered tenant when the query runs; raises NoTenant outside."""

    def get_queryset(self) -> "models.QuerySet[Any]":
        return super().get_queryset().filter(tenant_id=CurrentTenant())


class TenantModel(models.Model):
    """A row of one tenant. Outside its number is `public_id`; inside, foreign keys use the bigint."""

    tenant = TenantField()
    public_id = models.UUIDField(db_default=UuidV7(), editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class EngagementModel(TenantModel):
    """A row of one engagement: people of an MSP see it only where they work."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", editable=False)

    class Meta(TenantModel.Meta):
        abstract = True


class TenantHistory(models.Model):
    """The base of history tables: `history = HistoricalRecords(bases=[TenantHistory])`."""

    objects = TenantManager()

    class Meta:
        abstract = True


def history() -> HistoricalRecords:
    """The readable timeline of a record, walled like the record itself."""
    return HistoricalRecords(bases=[TenantHistory])
