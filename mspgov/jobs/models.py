"""A run: what is to be done, how far it is, how it ended."""

from django.db import models

from mspgov.tenancy.columns import TenantModel


class Run(TenantModel):
    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    OPEN = (State.WAITING, State.RUNNING)

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=200, blank=True)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done_steps = models.IntegerField(default=0)
    total_steps = models.IntegerField(default=0)
    attempt = models.IntegerField(default=0)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    started_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    woken_at = models.DateTimeField(auto_now_add=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "key"], name="run_once")]
        indexes = [
            models.Index(fields=["woken_at"], name="run_open", condition=models.Q(state__in=["waiting", "running"])),
            models.Index(fields=["tenant", "-asked_at"], name="run_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
