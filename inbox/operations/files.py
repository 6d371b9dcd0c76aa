"""Keeping bytes: each once, looked at before anybody sees them, gone with the last use."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from inbox.lib import filetypes, pictures
from inbox.models import StoredFile

# Long enough for a row that is just being written to name its file.
UNUSED_FOR = timedelta(hours=1)
PRUNED_AT_ONCE = 500
# Bytes that no row names after this time lost their writer between the two.
UNNAMED_FOR = timedelta(days=1)
FOLDERS = [f"{number:02x}" for number in range(256)]  # as models.attachment.place names them


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


def sweep_strays(*, now: datetime) -> int:
    """Delete bytes that no row came to name: whoever wrote them died on the way, or took it back.

    One run looks into the folders whose hour it is, so that each is looked at once a day. What is
    older than our first row is left alone: its rows may be in a backup that is yet to be loaded.
    Returns how many.
    """
    first = StoredFile.objects.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None:
        return 0
    folders = [folder for number, folder in enumerate(FOLDERS) if number % 24 == now.hour]
    return sum(_sweep(folder, since=first, until=now - UNNAMED_FOR) for folder in folders)


def _sweep(folder: str, *, since: datetime, until: datetime) -> int:
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    rows = StoredFile.objects.filter(sha256__startswith=folder)
    named = set(chain.from_iterable(rows.values_list("content", "thumbnail")))
    strays = [path for name in names if (path := f"{folder}/{name}") not in named]
    return sum(_delete_stray(path, since, until) for path in strays)


def _delete_stray(path: str, since: datetime, until: datetime) -> bool:
    with suppress(FileNotFoundError):  # gone by another hand
        if since < default_storage.get_modified_time(path) < until:
            default_storage.delete(path)
            return True
    return False


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
