"""What is asked of a person at every request, in one query: their second factor, their channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models


class Joined(models.Func):
    """All values of a subquery as one text, parted by commas."""

    function = "GROUP_CONCAT"
    output_field = models.TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        template = "STRING_AGG((%(expressions)s)::text, ',')"
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True, slots=True)
class Rights:
    """As the database had them when the person was read.

    is_needed: what an admin has laid down about the second factor, None for nothing.
    shared_ids: channels of the person's teams and of no team. hides: there are others.
    has_dead_webhook: one was switched off, which those who manage them should see everywhere.
    """

    has_factor: bool
    is_needed: bool | None
    shared_ids: frozenset[int]
    hides: bool
    has_dead_webhook: bool


NAMES = ("right_factor", "right_rule", "right_channels", "right_hides", "right_dead")


def columns(user_id: int) -> dict[str, Any]:
    """Return what to annotate this person's row with, for `take`."""
    factors = apps.get_model("mfa", "Authenticator")._default_manager.filter(user=user_id)
    rules = apps.get_model("inbox", "RoleRule")._default_manager.filter(
        role=models.OuterRef("role")
    )
    teams: Any = apps.get_model("inbox", "Team")._default_manager.filter(members=user_id)
    mine = teams.order_by().values("pk")
    channels = apps.get_model("inbox", "Channel")._default_manager.order_by()
    shared = channels.filter(models.Q(team=None) | models.Q(team__in=mine))
    webhooks: Any = apps.get_model("inbox", "WebhookEndpoint")._default_manager
    hidden = channels.exclude(team=None).exclude(team__in=mine)
    values = (
        models.Exists(factors.exclude(type="recovery_codes")),
        models.Subquery(rules.values("second_factor")[:1]),
        models.Subquery(shared.values(ids=Joined("pk"))),
        models.Exists(hidden),
        models.Exists(webhooks.in_trouble()),
    )
    return dict(zip(NAMES, values, strict=True))


def take(row: dict[str, Any]) -> Rights:
    """Return the rights that the annotated `row` tells."""
    has_factor, is_needed, ids, hides, has_dead_webhook = (row[name] for name in NAMES)
    shared = frozenset(map(int, ids.split(","))) if ids else frozenset[int]()
    return Rights(has_factor, is_needed, shared, hides, has_dead_webhook)
