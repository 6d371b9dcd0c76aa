"""Keeping bytes: each once, looked at before anybody sees them, gone with the last use."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from inbox.lib import filetypes, pictures
from inbox.models import StoredFile

# Long enough for a row that is just being written to name its file.
UNUSED_FOR = timedelta(hours=1)
PRUNED_AT_ONCE = 500


@transaction.atomic
def keep_file(content: bytes) -> StoredFile:
    """Store `content`, or find it if it is here already; call it where the row is written that
    names the file. Raises pictures.TooManyPixels."""
    digest = hashlib.sha256(content).hexdigest()
    found = StoredFile.objects.filter(sha256=digest).first()
    if found:
        return found
    row = StoredFile(sha256=digest, size=len(content))
    row.content_type = filetypes.content_type(content)
    picture = _picture(content) if row.content_type in filetypes.PICTURES else None
    try:
        row.content.save("", ContentFile(content), save=False)
        if picture:
            row.width, row.height = picture.width, picture.height
            row.thumbnail.save(".small", ContentFile(picture.small), save=False)
        with transaction.atomic():
            row.save()
    except BaseException as error:
        _delete_bytes(row)
        if isinstance(error, IntegrityError):  # another worker was quicker with the same bytes
            return StoredFile.objects.get(sha256=digest)
        raise
    return row


def _picture(content: bytes) -> pictures.Picture | None:
    """Return the picture; None for what only begins like one, which is kept to be saved."""
    try:
        return pictures.read(content)
    except pictures.TooManyPixels:
        raise
    except pictures.BadPicture:
        return None


def prune_files() -> int:
    """Delete files that nothing refers to any more, such as those of erased messages.

    Returns how many.
    """
    old = StoredFile.objects.unused().filter(created_at__lt=timezone.now() - UNUSED_FOR)
    return sum(_delete(row) for row in old.order_by("pk")[:PRUNED_AT_ONCE])


def _delete(row: StoredFile) -> bool:
    try:
        with transaction.atomic():
            StoredFile.objects.filter(pk=row.pk).delete()
            transaction.on_commit(lambda: _delete_bytes(row))
    except (ProtectedError, IntegrityError):
        return False  # somebody has just found a use for it
    return True


def _delete_bytes(row: StoredFile) -> None:
    for file in (row.content, row.thumbnail):
        if file.name:
            file.storage.delete(file.name)
