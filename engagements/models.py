"""Services, vendors and locations of an engagement: plain records."""

from django.db import models

from mspgov.tenancy.columns import EngagementModel, history


class Service(EngagementModel):
    """A service that the provider delivers; tickets and service levels name it."""

    class Criticality(models.TextChoices):
        CRITICAL = "critical", "Critical"
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    key = models.SlugField(max_length=100)
    name = models.CharField(max_length=200)
    criticality = models.CharField(max_length=10, choices=Criticality.choices, default=Criticality.MEDIUM)
    description = models.TextField(blank=True, max_length=2000)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "engagement", "key"], name="service_key_once"),
            models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="service_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Vendor(EngagementModel):
    """A third party that tickets wait for. Only waiting for the client's own vendor can stop a clock; as long as
    nobody has decided whose it is, it stops none."""

    class Party(models.TextChoices):
        CLIENT = "client", "Client's"
        PROVIDER = "provider", "Provider's"
        UNKNOWN = "unknown", "Not decided"

    name = models.CharField(max_length=200)
    party = models.CharField(max_length=10, choices=Party.choices, default=Party.UNKNOWN)
    delivers = models.CharField(max_length=200, blank=True)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="vendor_name_once")]

    def __str__(self) -> str:
        return self.name


class Location(EngagementModel):
    """A place where the service is used; tickets name it."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True, help_text="Two letters by ISO 3166, such as BR")
    time_zone = models.CharField(max_length=64, blank=True, help_text="Such as America/Sao_Paulo")
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="location_name_once")]

    def __str__(self) -> str:
        return self.name
