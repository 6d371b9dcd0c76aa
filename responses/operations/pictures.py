"""Pictures on a reply while it is written: put on, described, taken off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.connectors.types import Limits, Media
from inbox.lib import pictures
from inbox.lib.errors import BadInput, NotAllowed
from inbox.lib.prepared import Prepared
from inbox.models import Channel, User
from inbox.operations.access import require_sight
from inbox.operations.files import keep_file
from responses.errors import DraftClosed
from responses.models import Draft, DraftPicture, ReplyPicture
from responses.operations.sendable import offline_connector
from responses.operations.wording import Shown

_of_draft = Prepared(
    lambda draft: DraftPicture.objects.filter(draft=draft).select_related("file").order_by("pk")
)
LONGEST_DESCRIPTION = 1500  # characters, which networks of this kind take


def limits_of(channel: Channel, *, is_private: bool) -> Limits:
    """Return how many pictures such a reply on `channel` may carry, and how large."""
    limits = offline_connector(channel).limits()
    return replace(limits, pictures=limits.pictures_in(is_private=is_private))


@transaction.atomic
def add_picture(*, draft: Draft, content: bytes, by: User) -> DraftPicture:
    """Put a picture on `draft`, cleaned and small enough for its network.

    Raises NotAllowed, DraftClosed, BadInput for what is no picture or one too many.
    """
    row = _being_written(draft, by)
    limits = limits_of(row.conversation.channel, is_private=row.is_private)
    if not limits.pictures:
        raise BadInput(_("This channel takes no pictures from the desk."))
    if row.pictures.count() >= limits.pictures:
        raise BadInput(
            _("No more than %(most)s pictures on this channel.") % {"most": limits.pictures}
        )
    if len(content) > settings.ATTACHMENT_BYTES:
        raise BadInput(_("This file is larger than the desk takes."))
    most = limits.picture_bytes or settings.ATTACHMENT_BYTES
    try:
        small, _kind = pictures.cleaned(content, most_bytes=most)
    except pictures.TooManyPixels as error:
        raise BadInput(_("This picture has too many pixels. Make it smaller.")) from error
    except pictures.TooManyBytes as error:
        raise BadInput(_("This picture cannot be made small enough for the network.")) from error
    except pictures.BadPicture as error:
        raise BadInput(_("This is no picture. Choose a JPEG, PNG, GIF or WebP file.")) from error
    return DraftPicture.objects.create(draft=row, file=keep_file(small))


@transaction.atomic
def describe_pictures(*, draft: Draft, descriptions: Mapping[int, str], by: User) -> None:
    """Say what pictures of `draft` show, by their ids. Raises NotAllowed, DraftClosed, BadInput."""
    row = _being_written(draft, by)
    for picture in row.pictures.filter(pk__in=descriptions):
        words = " ".join(descriptions[picture.pk].split())
        if len(words) > LONGEST_DESCRIPTION:
            raise BadInput(
                _("Describe a picture in at most %(most)s characters.")
                % {"most": LONGEST_DESCRIPTION}
            )
        if words != picture.description:
            picture.description = words
            picture.save(update_fields=["description"])


@transaction.atomic
def remove_picture(*, draft: Draft, picture_id: int, by: User) -> None:
    """Take a picture off `draft`; one that is gone already is no error.

    Raises NotAllowed, DraftClosed.
    """
    _being_written(draft, by).pictures.filter(pk=picture_id).delete()


def of_draft(draft: Draft) -> list[DraftPicture]:
    """Return the pictures of `draft` with their files, in order."""
    return _of_draft(draft.pk)


def shown(rows: Iterable[DraftPicture | ReplyPicture]) -> list[Shown]:
    """Return what an approval of these pictures is bound to."""
    return [(row.file.sha256, row.description) for row in rows]


def media_of(rows: Iterable[DraftPicture | ReplyPicture]) -> tuple[Media, ...]:
    """Return the pictures in the words that connectors understand, read from the storage."""
    found = []
    for row in rows:
        with row.file.content.open("rb") as file:
            found.append(Media(file.read(), row.file.content_type, row.description))
    return tuple(found)


def shown_by(media: Sequence[Media]) -> list[Shown]:
    """Return what `media` really is, for comparing it with what was agreed."""
    return [(hashlib.sha256(one.content).hexdigest(), one.description) for one in media]


def _being_written(draft: Draft, by: User) -> Draft:
    """Return the draft, locked, if `by` is writing it."""
    if not by.has_perm("responses.write_draft") or draft.author_id != by.pk:
        raise NotAllowed(_("Only its author changes this reply."))
    row = Draft.objects.hold(draft.pk)
    require_sight(by=by, channel_id=row.conversation.channel_id)
    if row.status != Draft.Status.DRAFT:
        raise DraftClosed(_("This reply is no longer being written."), text=row.text)
    return row
