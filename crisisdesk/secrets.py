"""The desk's own keys: taken from the environment, else made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from crisisdesk.runner.data_dir import open_data_dir, refuse_unwritable


def ensure_secrets_file(data_dir: Path) -> Path:
    """Return `data_dir/secrets.env`, writing fresh keys into it on the first run (mode 0600).

    Two processes may start at once: the file is linked into place whole, so the first one
    wins and the other reads what it wrote.

    Leaves with one plain line (exit code 2) if the folder cannot be written or is not ours.
    """
    path = data_dir / "secrets.env"
    if path.exists():
        return path
    open_data_dir(data_dir)
    try:
        handle, draft = tempfile.mkstemp(dir=data_dir, prefix="secrets.")
        with os.fdopen(handle, "w") as file:
            file.write(f"SECRET_KEY={secrets.token_urlsafe(48)}\n")
            file.write(f"FIELD_KEYS={Fernet.generate_key().decode()}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    except OSError as error:
        refuse_unwritable(data_dir, error)
    return path
