"""The files that messages brought: from the storage into one part of the backup, and back."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from crisisdesk.backup.errors import BackupError
from inbox.models import StoredFile

FILE = "files.tar"
_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f-]{36}(\.small)?")


def dump(to: Path) -> None:
    """Copy all files that the database names. Those that go meanwhile are not missed."""
    with tarfile.open(to, "w") as tar:
        for name in _names():
            try:
                with default_storage.open(name, "rb") as file:
                    content = file.read()
            except FileNotFoundError:
                if StoredFile.objects.filter(content=name).exists():
                    raise BackupError(f"The file {name} is missing from the storage.") from None
                continue
            head = tarfile.TarInfo(name)
            head.size, head.mode = len(content), 0o600
            tar.addfile(head, BytesIO(content))


def load(part: Path) -> None:
    """Put the files back that are not here already; a name never stands for other bytes."""
    with tarfile.open(part) as tar:
        for member in tar:
            file = tar.extractfile(member) if _NAME.fullmatch(member.name) else None
            if file is None:
                raise BackupError(f"The backup holds a file of an odd name: {member.name}.")
            if not default_storage.exists(member.name):
                default_storage.save(member.name, ContentFile(file.read()))


def _names() -> Iterator[str]:
    if StoredFile._meta.db_table not in connection.introspection.table_names():
        return  # a desk whose tables have not been brought up to date yet
    rows = StoredFile.objects.values_list("content", "thumbnail").order_by("pk")
    for names in rows.iterator():
        yield from filter(None, names)
