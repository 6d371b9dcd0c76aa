"""What the frame around every page shows: where one may go, and which channels are in trouble."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.models import Channel, User, WebhookEndpoint
from inbox.tail import settled_id


@dataclass(frozen=True)
class RailItem:
    """One place in the rail; `area` begins the names of all views that belong to it."""

    label: str | Promise
    icon: str
    view: str
    area: tuple[str, ...]
    permission: str
    keys: str
    count_view: str = ""
    count_event: str = ""
    is_second: bool = False  # moves into the account menu where the rail is a bar at the foot


RAIL = (
    RailItem(
        label=_("Inbox"),
        icon="inbox",
        view="inbox:queue",
        area=(
            "inbox:queue",
            "inbox:conversation",
            "inbox:attachment",
            "inbox:author",
            "inbox:held",
        ),
        permission="inbox.view_conversation",
        keys="g i",
    ),
    RailItem(
        label=_("Notifications"),
        icon="bell",
        view="inbox:notifications",
        area=("inbox:notifications",),
        permission="inbox.view_conversation",
        keys="g t",
        count_view="inbox:notification_count",
        count_event="notices-changed",
    ),
    RailItem(
        label=_("Approvals"),
        icon="clipboard-check",
        view="responses:approvals",
        area=("responses:approval",),
        permission="responses.approve_draft",
        keys="g a",
        count_view="responses:approval_count",
        count_event="approvals-changed",
    ),
    RailItem(
        label=_("Needs attention"),
        icon="circle-alert",
        view="responses:attention",
        area=("responses:attention",),
        permission="responses.write_draft",
        keys="g n",
        count_view="responses:attention_count",
        count_event="attention-changed",
    ),
    RailItem(
        label=_("Listening"),
        icon="ear",
        view="inbox:share",
        area=("inbox:share", "inbox:search", "inbox:hits"),
        permission="inbox.view_savedsearch",
        keys="g l",
        is_second=True,
    ),
    RailItem(
        label=_("Record"),
        icon="history",
        view="inbox:audit",
        area=("inbox:audit",),
        permission="inbox.view_auditevent",
        keys="g r",
        is_second=True,
    ),
    RailItem(
        label=_("Settings"),
        icon="settings",
        view="inbox:settings",
        area=tuple(
            f"inbox:{name}"
            for name in (
                "settings",
                "channel",
                "tray",
                "team",
                "people",
                "person",
                "invit",
                "security",
                "webhook",
                "all_tokens",
            )
        ),
        permission="inbox.manage_channel",
        keys="g s",
        is_second=True,
    ),
)

UNREAD = {Channel.Health.BLIND, Channel.Health.NEEDS_LOGIN}  # what is said there is missed now


def frame(request: HttpRequest) -> dict[str, Any]:
    """Values for base.html, each read from the database only where the page shows it."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return {}
    trouble = cache(lambda: channels_in_trouble(user))
    return {
        "rail": cache(lambda: rail_for(user)),
        "rail_here": rail_here(request),
        "channels_in_trouble": trouble,
        "webhooks_in_trouble": cache(lambda: webhooks_in_trouble(user)),
        "is_blind": lambda: any(channel.health in UNREAD for channel in trouble()),
        "live_after": cache(settled_id),
    }


def rail_for(user: User) -> list[RailItem]:
    """The places that `user` may go to; none before the second factor that the role demands."""
    if user.lacks_second_factor:
        return []
    return [item for item in RAIL if user.has_perm(item.permission)]


def rail_here(request: HttpRequest) -> RailItem | None:
    """The place that the page belongs to."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    return next((item for item in RAIL if name.startswith(item.area)), None)


def channels_in_trouble(user: User) -> list[Channel]:
    """Channels whose messages may be missing or late, for those who may know."""
    if not user.has_perm("inbox.view_channel"):
        return []
    return list(Channel.objects.visible_to(user).in_trouble())


def webhooks_in_trouble(user: User) -> list[WebhookEndpoint]:
    """Webhooks that were switched off, for those who manage them."""
    if not user.rights.has_dead_webhook:
        return []
    return list(WebhookEndpoint.objects.visible_to(user).in_trouble().defer("secrets"))
