#!/usr/bin/env python3
"""The desk's command line: `python manage.py demo` runs it, `python manage.py help` lists the rest."""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "CrisisDesk needs Python 3.11 or newer; this is Python %d.%d. "
        "Run it with a newer python3." % sys.version_info[:2]
    )


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run: pip install -r requirements.txt")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
