"""Saved views: a name for a set of filters, an order and the facts that its rows show."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.models.team import Team
from inbox.models.user import User


class Column(models.TextChoices):
    """The facts that a row may show or leave out; name, time and first line always stay."""

    REACH = "reach", _("Reach")
    WAITING = "waiting", _("Waiting time")
    CHANNEL = "channel", _("Channel")
    SENTIMENT = "sentiment", _("Sentiment")
    LANGUAGE = "language", _("Language")
    LABELS = "labels", _("Labels")
    ASSIGNEE = "assignee", _("Assignee")


def all_columns() -> list[str]:
    return list(Column.values)


def check_columns(value: Any) -> None:
    if not isinstance(value, list) or set(value) - set(Column.values):
        raise ValidationError(_("A row cannot show this."))


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """The views of `user`, first, and those shared with them, in the order of the switcher."""
        shared = models.Q(is_for_everybody=True) | models.Q(team__in=user.teams.all())
        mine = models.Q(owner=user)
        rows = self.filter(pk__in=self.filter(mine | shared).values("pk"))
        turn = models.Case(models.When(mine, then=0), default=1)
        return rows.alias(turn=turn).order_by("turn", "position", "pk")


class SavedView(models.Model):
    """A named set of filters of the queue. It shows nobody more than they may see without it.

    filters: the values of `inbox.filters.QueueFilter`, with `status` and `sort`, defaults left out.
    team, is_for_everybody: who else finds it in their switcher; neither for the owner alone. A
    team that is dissolved leaves the view to its owner.
    """

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="saved_views"
    )
    is_for_everybody = models.BooleanField(default=False)
    filters = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=all_columns, blank=True, validators=[check_columns])
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        permissions = (
            ("keep_view", "Can keep views of their own"),
            ("share_view", "Can share saved views with others"),
        )
        constraints = (
            models.UniqueConstraint(fields=["owner", "name"], name="view_named_once"),
            models.CheckConstraint(
                name="view_shared_one_way",
                condition=models.Q(is_for_everybody=False) | models.Q(team=None),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        filters = sorted(self.filters.items())  # PostgreSQL keeps no order of its own
        return f"{reverse('inbox:queue')}?{urlencode([('view', self.pk), *filters])}"

    @property
    def is_shared(self) -> bool:
        return self.is_for_everybody or self.team_id is not None
