"""What connectors and jobs write down in English is read in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from crisisdesk.settings import BASE_DIR
from inbox import said as module
from inbox.connectors import errors
from inbox.said import SENTENCES, TEMPLATES, said

SHOWN = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ConnectorError)
} - {"BadSignature", "Unsupported"}  # those are for programmers and for the log


def spoken() -> Iterator[tuple[str, str]]:
    """Every sentence that a connector raises, "{…}" where it puts in a fact; and where it is."""
    for path in sorted((BASE_DIR / "inbox" / "connectors").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWN and node.args:
                text = _text(node.args[0])
                if text is not None and re.search(r"[a-z]", text):  # more than facts alone
                    yield text, f"{path.relative_to(BASE_DIR)}:{node.lineno}"


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else "7" for p in node.values)
        return "".join(parts)
    return None


def test_every_sentence_of_a_connector_is_known_here() -> None:
    forms = [form for _template, form in module._forms()]
    unknown = [
        f"{where}: {text}"
        for text, where in spoken()
        if text not in SENTENCES and not any(form.fullmatch(text) for form in forms)
    ]
    assert not unknown, "Add these to inbox/said.py:\n" + "\n".join(unknown)


def test_there_is_something_to_know() -> None:
    assert len(list(spoken())) > 30
    assert Path(errors.__file__).exists()


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_sentence_with_facts_is_recognised_as_itself(template: str) -> None:
    facts = dict.fromkeys(module.FACT.findall(template), "7")
    if "server" in facts:
        facts["server"] = "The IMAP server mail.example:993"
    found = next(t for t, form in module._forms() if form.fullmatch(template % facts))
    assert found == template


def test_what_the_network_said_is_left_alone() -> None:
    with translation.override("id"):
        assert said("You are not allowed to reply to this post.") == (
            "You are not allowed to reply to this post."
        )
        assert said("") == ""


def test_a_sentence_within_a_sentence_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "%(host)s gave no full answer: %(words)s": "%(host)s tidak menjawab penuh: %(words)s",
        "The feed ends in the middle, so it was not read.": "Umpan terputus.",
    }
    monkeypatch.setattr(module, "gettext", lambda text: told.get(text, text))
    text = "x.com gave no full answer: The feed ends in the middle, so it was not read."
    assert said(text) == "x.com tidak menjawab penuh: Umpan terputus."
