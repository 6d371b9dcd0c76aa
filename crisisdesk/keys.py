"""Every secret that the desk stores, wherever it is, and its move to the newest key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast

from inbox.lib import crypto
from inbox.models import Channel, Server, WebhookEndpoint

BATCH = 100  # rows locked at a time
# What allauth encrypts in `Authenticator.data`: the seeds of one-time and of recovery codes. A
# passkey's row holds nothing secret.
_SEEDS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


@dataclass(frozen=True, slots=True)
class Holder:
    """A row with a secret: what people call it, the encrypted text, and how to replace that."""

    name: str
    token: str
    keep: Callable[[str], None]


@dataclass
class Count:
    """How many secrets are under the newest key, how many under an older one, and which under
    none: `unreadable` names those."""

    current: int = 0
    older: int = 0
    unreadable: list[str] = field(default_factory=list)


def survey() -> Count:
    """Count the stored secrets by key; changes nothing."""
    count = Count()
    for rows, holders in _places():
        for holder in holders(rows):
            _judge(holder, count)
    return count


def rotate() -> Count:
    """Encrypt every stored secret with the newest key of FIELD_KEYS; returns what was found.

    Rows are locked while they are changed, so a sign-in renewed at this moment is not lost.
    A secret that no key opens stays as it is.
    """
    count = Count()
    for rows, holders in _places():
        pks = list(rows.values_list("pk", flat=True))
        for start in range(0, len(pks), BATCH):
            with transaction.atomic():
                locked = rows.select_for_update().filter(pk__in=pks[start : start + BATCH])
                for holder in holders(locked):
                    if text := _judge(holder, count):
                        holder.keep(crypto.encrypt(text))
    return count


def _judge(holder: Holder, count: Count) -> str:
    """Count `holder` and return its text if an older key opens it, else ""."""
    if crypto.is_current(holder.token):
        count.current += 1
        return ""
    try:
        text = crypto.decrypt(holder.token)
    except ImproperlyConfigured:
        count.unreadable.append(holder.name)
        return ""
    count.older += 1
    return text


def _places() -> list[tuple[QuerySet[Any], Callable[[QuerySet[Any]], Iterator[Holder]]]]:
    return [
        (Channel.objects.order_by("pk"), _in_channels),
        (Server.objects.order_by("pk"), _in_servers),
        (WebhookEndpoint.objects.order_by("pk"), _in_webhooks),
        (Authenticator.objects.filter(type__in=_SEEDS).order_by("pk"), _in_authenticators),
    ]


def _in_channels(rows: QuerySet[Any]) -> Iterator[Holder]:
    for pk, name, token in _tokens(rows, "handle"):
        yield Holder(f"channel {pk} (@{name})", token, _keeper(Channel, pk))


def _in_servers(rows: QuerySet[Any]) -> Iterator[Holder]:
    for pk, name, token in _tokens(rows, "url"):
        yield Holder(f"app at {name}", token, _keeper(Server, pk))


def _tokens(rows: QuerySet[Any], name: str) -> Iterator[tuple[int, str, str]]:
    # Cast, because the field itself would decrypt, and fail for the rows we look for.
    found = rows.annotate(token=Cast("secrets", TextField()))
    yield from found.values_list("pk", name, "token")


def _keeper(model: type[Channel | Server | WebhookEndpoint], pk: int) -> Callable[[str], None]:
    def keep(new: str) -> None:
        model.objects.filter(pk=pk).update(secrets=Value(new, output_field=TextField()))

    return keep


def _in_webhooks(rows: QuerySet[Any]) -> Iterator[Holder]:
    for pk, name, token in _tokens(rows, "name"):
        yield Holder(f"webhook {pk} ({name})", token, _keeper(WebhookEndpoint, pk))


def _in_authenticators(rows: QuerySet[Any]) -> Iterator[Holder]:
    for row in rows:
        name = _SEEDS[row.type]

        def keep(new: str, row: Authenticator = row, name: str = name) -> None:
            row.data[name] = new
            row.save(update_fields=["data"])

        yield Holder(f"{row.get_type_display()} of user {row.user_id}", row.data[name], keep)
