"""The people who work at the desk."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from inbox.lib.prepared import Prepared
from inbox.models import rights


class RoleRule(models.Model):
    """What an admin has laid down for one role; a role without a row is as the settings say."""

    role = models.CharField(max_length=20, unique=True)
    second_factor = models.BooleanField()

    def __str__(self) -> str:
        return self.role

    @staticmethod
    def by_default(role: str) -> bool:
        return role in settings.MFA_REQUIRED_ROLES

    @classmethod
    def all_roles(cls) -> dict[str, bool]:
        """Whether each role needs a second factor."""
        chosen = dict(cls._default_manager.values_list("role", "second_factor"))
        return {role: chosen.get(role, cls.by_default(role)) for role in User.Role.values}


def check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("This time zone is not known here."))


class User(AbstractUser):
    """A colleague with exactly one role; `crisisdesk.roles` says what the role may do.

    scopes, token_id: set on a person in whose name a program asks; the scopes of its token
    narrow what the role permits, and the record names the token.
    """

    scopes: frozenset[str] | None = None
    token_id: int | None = None

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        MANAGER = "manager", _("Manager")
        ADMIN = "admin", _("Admin")
        AUDITOR = "auditor", _("Auditor")

    SEES_ALL = (Role.ADMIN, Role.AUDITOR)  # they answer for the whole desk

    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.AGENT)
    opens_next = models.BooleanField(_("open the next conversation after an action"), default=True)

    time_zone = models.CharField(
        _("time zone"), max_length=40, blank=True, validators=[check_time_zone]
    )  # empty: the desk's own

    # What they last read the desk in; empty: not known yet.
    language = models.CharField(max_length=10, blank=True, editable=False)

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]
        constraints = (
            models.CheckConstraint(
                name="user_role_is_known",
                condition=models.Q(role__in=["agent", "manager", "admin", "auditor"]),
            ),
        )

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @cached_property
    def channel_ids(self) -> frozenset[int] | None:
        """Ids of the channels whose conversations this person may see; None for all of them.

        The one place that decides who sees what: their teams' channels and those of no team.
        """
        if self.role in self.SEES_ALL or not self.rights.hides:
            return None
        return self.rights.shared_ids

    @classmethod
    def by_name(cls) -> models.QuerySet[User]:
        """Everybody, in the order in which a reader looks for a name."""
        shown = Coalesce(NullIf("first_name", models.Value("")), "username")
        return cls._default_manager.order_by(Lower(shown), "pk")

    @classmethod
    def with_rights(cls, pk: int) -> User | None:
        """The person `pk` and their rights in one query, for a request that begins."""
        return _with_rights.first(pk)

    @cached_property
    def rights(self) -> rights.Rights:
        """Read once: by `with_rights` together with the person, else when first asked for."""
        if rights.NAMES[0] in self.__dict__:
            return rights.take(self.__dict__)
        [person] = _with_rights(self.pk)
        return rights.take(person.__dict__)

    @classmethod
    def seeing(cls, channel_id: int) -> models.QuerySet[User]:
        """The people for whom `sees` holds of this channel: the same rule, the other way round."""
        channel = apps.get_model("inbox", "Channel")._default_manager.filter(pk=channel_id)
        mine = models.Exists(
            cls.teams.through._default_manager.filter(
                user=models.OuterRef("pk"), team__channels=channel_id
            )
        )
        free = models.Exists(channel.filter(team=None))
        people = cls._default_manager.all()
        return people.filter(models.Q(role__in=cls.SEES_ALL) | free | mine)

    @property
    def can_work(self) -> bool:
        """Whether conversations may be given to this person."""
        return self.is_active and self.has_perm("inbox.triage_conversation")

    @cached_property
    def lacks_second_factor(self) -> bool:
        """Whether this person's role demands a second factor that they have not set up yet."""
        rule = self.rights.is_needed
        is_needed = RoleRule.by_default(self.role) if rule is None else rule
        return is_needed and not self.rights.has_factor

    def sees(self, channel_id: int) -> bool:
        """Say whether the conversations of this channel are for this person."""
        return self.channel_ids is None or channel_id in self.channel_ids


_with_rights = Prepared(lambda pk: User.objects.filter(pk=pk).annotate(**rights.columns(pk)))
