"""Tenants, providers, people, memberships, engagements (identity only), and what opens doors to people."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from .columns import EngagementModel, TenantModel, UuidV7, history
from .policy import PROVIDER, Permission, Role


class Tenant(models.Model):
    """A client organisation."""

    public_id = models.UUIDField(db_default=UuidV7(), editable=False, unique=True)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_demo = models.BooleanField(default=False)
    financial_entity = models.BooleanField(
        "a financial entity under DORA",
        default=False,
        help_text="Incidents with the same apparent root cause, twice within six months, then count as one recurrence.",
    )
    two_factor_required = models.BooleanField(
        "everybody needs a second factor",
        default=False,
        help_text="Who has none is led to set it up before any page opens; their tokens and calendar addresses wait until then.",
    )

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody who signs in; belongs to tenants by memberships. `locked_at`: by the operator, so that no tenant opens the
    account again. Links to choose a password that are older than `links_ended_at` are dead."""

    public_id = models.UUIDField(db_default=UuidV7(), editable=False, unique=True)
    email = models.EmailField(max_length=254, unique=True)  # always in small letters
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    locked_at = models.DateTimeField(null=True)
    links_ended_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email


class Provider(TenantModel):
    """A managed service provider, as one tenant knows it; `ended_at` since when none of its people comes in."""

    slug = models.SlugField()
    name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, editable=False)
    history = history()

    # MSP people see only the provider of an engagement that they see.
    also_required = (
        "(select current_setting('app.engagements', true)) = '*' or exists "
        "(select from tenancy_engagement e where e.provider_id = tenancy_provider.id)"
    )

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="provider_slug_once")]

    def __str__(self) -> str:
        return self.name


class Engagement(TenantModel):
    """The work of one provider for one tenant: identity only, the second wall."""

    slug = models.SlugField()
    name = models.CharField(max_length=200)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+")
    time_zone = models.CharField(max_length=64, default="UTC")
    history = history()

    wall_column = "id"

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "slug"], name="engagement_slug_once")]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """What a person is in a tenant. With a provider: one of its people, who sees its engagements named below."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+", null=True, blank=True)
    roles = ArrayField(models.CharField(max_length=40, choices=Role.choices))
    active = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    history = history()

    everywhere = models.Manager()  # for a person's own memberships; the database shows no others

    also_visible = "person_id = (select nullif(current_setting('app.person', true), '')::bigint)"
    also_required = (
        "(select current_setting('app.engagements', true)) in ('*', '') or provider_id is null or exists "
        "(select from tenancy_engagement e where e.provider_id = tenancy_membership.provider_id)"
    )

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "person"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.tenant_id}"

    def holds(self, permission: Permission) -> bool:
        return any(role in permission.roles for role in self.roles)

    def seen_before(self, at: datetime) -> datetime | None:
        """When the visit before the one that `at` belongs to ended; None in the first one. Needs the annotations of
        `memberships_of`."""
        latest: datetime | None = getattr(self, "latest_seen_at", None)
        before: datetime | None = getattr(self, "previous_seen_at", None)
        return latest if latest is not None and at - latest >= Visit.GAP else before

    @property
    def is_provider_side(self) -> bool:
        return self.provider_id is not None or any(role in PROVIDER for role in self.roles)


class Visit(TenantModel):
    """When a person was here: lately, and at the end of the visit before this one.

    Noted at most once in NOTED; a visit ends when nothing was noted for GAP, so after half an hour without a page.
    """

    NOTED = timedelta(minutes=15)
    GAP = timedelta(minutes=45)

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    latest_seen_at = models.DateTimeField()
    previous_seen_at = models.DateTimeField(null=True)

    # Of whom one sees the membership, and one's own.
    also_required = (
        "person_id = (select nullif(current_setting('app.person', true), '')::bigint) or exists "
        "(select from tenancy_membership m where m.person_id = tenancy_visit.person_id)"
    )

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "person"], name="visit_once")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.latest_seen_at}"


class MembershipEngagement(EngagementModel):
    """An engagement that one of a provider's people sees."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="scopes")
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "membership", "engagement"], name="scope_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} sees {self.engagement_id}"


class Token(TenantModel):
    """A key to the API: worth what its person may do in this tenant, never more. The store keeps a hash."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    key_hash = models.CharField(max_length=64, editable=False)
    scope = models.CharField(max_length=500, default=Scope.READ)  # words: read, write, or an area's (tickets:read)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    history = history()

    everywhere = models.Manager()  # looked up by its hash; the database shows no other

    also_visible = "key_hash = (select nullif(current_setting('app.token', true), ''))"

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key_hash"], name="token_hash_once")]
        indexes = [models.Index(fields=["key_hash"], name="token_hash")]

    def __str__(self) -> str:
        return self.name

    def opens(self, permission: Permission, *, writes: bool) -> bool:
        """Whether the scope names this: `write` includes reading, `tickets:read` the permissions that begin with tickets.
        What every member may read needs no more than a token."""
        area, words = permission.name.partition(".")[0], set(self.scope.split())
        if words & {"write", f"{area}:write"} or (permission.name == "member" and not writes):
            return True
        return not writes and bool(words & {"read", f"{area}:read"})

    @property
    def scope_label(self) -> str:
        return ", ".join(dict(self.Scope.choices).get(word, word) for word in self.scope.split())


class Invitation(TenantModel):
    """An offer of a membership to whoever reads an e-mail address. The link works once and until it expires; the store
    keeps a hash of its secret."""

    LASTS = timedelta(days=14)

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    roles = ArrayField(models.CharField(max_length=40, choices=Role.choices))
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="+", null=True)
    engagements = ArrayField(models.UUIDField(), default=list)
    secret_hash = models.CharField(max_length=64, editable=False)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    everywhere = models.Manager()  # looked up by its hash; the database shows no other

    also_visible = "secret_hash = (select nullif(current_setting('app.token', true), ''))"
    also_required = (
        "(select current_setting('app.engagements', true)) in ('*', '') or provider_id is null or exists "
        "(select from tenancy_engagement e where e.provider_id = tenancy_invitation.provider_id)"
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "secret_hash"], name="invitation_hash_once"),
            models.UniqueConstraint(
                fields=["tenant", "email"],
                name="invitation_open_once",
                condition=models.Q(accepted_at=None, withdrawn_at=None),
            ),
        ]
        indexes = [models.Index(fields=["secret_hash"], name="invitation_hash")]

    def __str__(self) -> str:
        return self.email

    def is_open(self, at: datetime) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and at < self.expires_at


class Feed(TenantModel):
    """A secret address at which a calendar program reads what one person owes in this tenant. The store keeps a hash."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    everywhere = models.Manager()  # looked up by its hash; the database shows no other

    also_visible = "secret_hash = (select nullif(current_setting('app.token', true), ''))"

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "secret_hash"], name="feed_hash_once")]
        indexes = [models.Index(fields=["secret_hash"], name="feed_hash")]

    def __str__(self) -> str:
        return self.name


class Session(AbstractBaseSession):
    """A sign-in on one device, as the session engine keeps it. It belongs to a person, not to a tenant."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True)
    device = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "tenancy_session"

    def __str__(self) -> str:
        return self.device or "session"


class ServiceDomain(EngagementModel):
    """A part of an engagement that one client person is accountable for."""

    name = models.CharField(max_length=120)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="domain_name_once")]

    def __str__(self) -> str:
        return self.name


class Office(EngagementModel):
    """Who is accountable for a domain from a date on, with a deputy; one after the other, never two at once. Both dates
    belong to the office."""

    domain = models.ForeignKey(ServiceDomain, models.PROTECT, related_name="offices")
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "domain", "from_on"], name="office_begins_once")]
        indexes = [models.Index(fields=["tenant", "domain", "-from_on"], name="office_latest")]

    def __str__(self) -> str:
        return f"{self.owner_id} from {self.from_on}"

    def holds_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


class Absence(TenantModel):
    """Days on which a person is away, both included, and who stands in."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True)
    from_on = models.DateField()
    until_on = models.DateField()
    history = history()

    # Of whom one sees the membership, and one's own.
    also_required = (
        "person_id = (select nullif(current_setting('app.person', true), '')::bigint) or exists "
        "(select from tenancy_membership m where m.person_id = tenancy_absence.person_id)"
    )

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "until_on"], name="absence_by_end")]

    def __str__(self) -> str:
        return f"{self.person_id} away {self.from_on} to {self.until_on}"
