"""The desk's own keys: taken from the environment, else made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet


def ensure_secrets_file(data_dir: Path) -> Path:
    """Return `data_dir/secrets.env`, writing fresh keys into it on the first run (mode 0600).

    Two processes may start at once: the file is linked into place whole, so the first one
    wins and the other reads what it wrote.

    Raises SystemExit with one plain line if the folder cannot be written.
    """
    path = data_dir / "secrets.env"
    if path.exists():
        return path
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = data_dir / f"secrets.{os.getpid()}.tmp"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"SECRET_KEY={secrets.token_urlsafe(48)}\n")
            file.write(f"FIELD_KEYS={Fernet.generate_key().decode()}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        sys.exit(
            f"The data folder {data_dir} cannot be written ({error.strerror}). "
            "Choose another one with --data DIR or CRISISDESK_DATA."
        )
    return path
