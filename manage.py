#!/usr/bin/env python3
"""The desk's command line: `manage.py demo` runs it, `manage.py help` lists the rest."""

import argparse
import os
import sys

OURS = ("crisisdesk", "inbox", "responses")


def refuse(message):
    """Leave with exit code 2 and one line, in words that the oldest Python can read."""
    sys.stderr.write(message + "\n")
    sys.exit(2)


def take_data_folder(argv):
    """Let every command say `--data DIR`: it must be known before the settings load."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data", metavar="DIR")
    options, rest = parser.parse_known_args(argv[1:])
    if options.data:
        os.environ["CRISISDESK_DATA"] = os.path.abspath(options.data)
    return argv[:1] + rest


def join_running_desk(argv):
    """Give a command beside a running desk the addresses of that desk's networks and broker."""
    if argv[1:2] in (["demo"], ["serve"]):
        return
    here = os.path.dirname(os.path.abspath(__file__))
    data = os.environ.get("CRISISDESK_DATA") or os.path.join(here, "var")
    path = os.path.join(data, "run", "desk.env")
    if os.path.exists(path):
        with open(path) as lines:
            for line in lines:
                name, _, value = line.rstrip("\n").partition("=")
                os.environ.setdefault(name, value)


def main():
    if sys.version_info < (3, 11):
        refuse(
            "CrisisDesk needs Python 3.11 or newer; this is Python %d.%d. "
            "Run it with a newer python3." % sys.version_info[:2]
        )
    if os.name != "posix":
        refuse("CrisisDesk runs on Linux and macOS. On Windows, run it inside WSL.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisisdesk.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        argv = take_data_folder(sys.argv)
        join_running_desk(argv)
        try:
            execute_from_command_line(argv)
        except ImproperlyConfigured as error:
            refuse(str(error))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in OURS:
            raise
        refuse(
            "The package %s is not installed for this Python. "
            "Run: %s -m pip install -r requirements.txt" % (package, sys.executable)
        )


if __name__ == "__main__":
    main()
