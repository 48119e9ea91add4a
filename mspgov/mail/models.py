"""Notes to people, the e-mails made of them, and how each person wants to be told."""

from django.db import models

from mspgov.tenancy.columns import TenantModel, history


class Mail(TenantModel):
    """One e-mail to one person. A worker claims it before it sends; one that was claimed and not marked is doubtful: it
    may have left, so nobody sends it again but a person who says so."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        DOUBTFUL = "doubtful", "Doubtful"
        DROPPED = "dropped", "Not sent"

    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    address = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    queued_at = models.DateTimeField()
    send_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "message_id"], name="mail_message_once")]
        indexes = [
            models.Index(fields=["send_at"], name="mail_unsent", condition=models.Q(state__in=["queued", "claimed"])),
            models.Index(fields=["tenant", "-id"], name="mail_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.address}"


class Note(TenantModel):
    """What one person is to be told, once: by an e-mail of its own or among others in the day's digest."""

    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    path = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    mail = models.ForeignKey(Mail, models.PROTECT, related_name="notes", null=True)
    settled = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "person", "key"], name="note_once")]
        indexes = [models.Index(fields=["tenant", "at"], name="note_waiting", condition=models.Q(settled=False))]

    def __str__(self) -> str:
        return self.subject


class Preference(TenantModel):
    """How a person wants to be told about one kind of thing; without a row at once."""

    class Way(models.TextChoices):
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "In a daily digest"
        NEVER = "never", "Not by e-mail"

    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", editable=False)
    kind = models.CharField(max_length=40)
    way = models.CharField(max_length=8, choices=Way.choices, default=Way.AT_ONCE)
    history = history()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "person", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.way}"
