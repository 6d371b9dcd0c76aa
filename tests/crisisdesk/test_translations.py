"""The desk in Indonesian: whole, fresh, and without English between."""

from __future__ import annotations

import ast
import gettext
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crisisdesk.runner.children import BASE_DIR
from inbox.models import AuditEvent, Conversation, Label, User, WebhookDelivery
from inbox.operations import conversations, delivering, invitations, outbox, teams, webhooks
from inbox.templatetags.record import in_words, verbs
from inbox.templatetags.thread import reason_words
from responses import stops
from responses.models import Reply
from responses.operations.sendable import problems
from tests.factories import make_author, make_conversation
from tests.responses.build import make_queued, make_submitted

FOLDER = Path("crisisdesk/locale/id/LC_MESSAGES")
SOURCES = ("crisisdesk", "inbox", "responses", "templates")
# Words that both languages share, and names.
SHARED = {
    "%(act)s: %(state)s.",
    "%(area)s: %(act)s",
    "Admin",
    "Auditor",
    "Bahasa Indonesia",
    "Bluesky",
    "Filter",
    "Label",
    "No.",
    "Passkey",
    "STARTTLS",
    "Status",
    "VIP",
    "label %d",
    "webhook %d",
}


@dataclass
class Entry:
    """One entry of a catalogue; `fields` are msgctxt, msgid, msgid_plural, msgstr, msgstr[0]."""

    flags: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key under which a compiled catalogue holds it."""
        context = self.fields.get("msgctxt")
        return f"{context}\x04{self.source}" if context else self.source

    @property
    def source(self) -> str:
        return self.fields["msgid"]

    @property
    def words(self) -> str:
        return self.fields.get("msgstr[0]") or self.fields.get("msgstr", "")


def read_catalogue(path: Path) -> list[Entry]:
    """Read a .po file: its entries in order, the header left out."""
    entries = []
    for block in path.read_text().split("\n\n"):
        entry, name = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry.flags += line
            found = re.fullmatch(r'(msg\S+ )?(".*")', line)
            if found:
                name = (found[1] or name).strip()
                entry.fields[name] = entry.fields.get(name, "") + ast.literal_eval(found[2])
        if entry.fields.get("msgid"):
            entries.append(entry)
    return entries


CATALOGUE = read_catalogue(BASE_DIR / FOLDER / "django.po")


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|%%s|%s|</?\w+[^>]*>", text))


# -- The catalogue ---------------------------------------------------------------------------------
def test_nothing_is_empty_or_guessed() -> None:
    assert len(CATALOGUE) > 500
    assert [entry.source for entry in CATALOGUE if not entry.words.strip()] == []
    assert [entry.source for entry in CATALOGUE if "fuzzy" in entry.flags] == []


def test_nothing_is_left_in_english() -> None:
    assert {entry.source for entry in CATALOGUE if entry.words == entry.source} == SHARED


def test_every_fact_of_a_sentence_is_in_its_translation() -> None:
    for entry in CATALOGUE:
        plural = placeholders(entry.fields.get("msgid_plural", ""))
        kept = placeholders(entry.words)
        assert placeholders(entry.source) <= kept <= placeholders(entry.source) | plural, entry


def test_the_compiled_catalogue_says_the_same() -> None:
    """Whoever runs the desk has no compiler of catalogues."""
    with (BASE_DIR / FOLDER / "django.mo").open("rb") as compiled:
        loaded = dict(gettext.GNUTranslations(compiled)._catalog)  # type: ignore[attr-defined]
    loaded.pop("")
    ours = {(e.key, 0) if "msgid_plural" in e.fields else e.key: e.words for e in CATALOGUE}
    assert loaded == ours


@pytest.mark.skipif(not shutil.which("xgettext"), reason="GNU gettext is not installed")
def test_every_string_of_the_sources_is_there(tmp_path: Path) -> None:
    for name in SOURCES:
        shutil.copytree(BASE_DIR / name, tmp_path / name)
    shutil.copy(BASE_DIR / "manage.py", tmp_path)
    command = [sys.executable, "manage.py", "makemessages", "-l", "id", "--no-location"]
    subprocess.run(
        [*command, "--no-wrap", "--no-obsolete"],
        cwd=tmp_path,
        env=os.environ | {"CRISISDESK_DATA": str(tmp_path / "data")},
        check=True,
        capture_output=True,
    )
    now = read_catalogue(tmp_path / FOLDER / "django.po")
    assert sorted(entry.key for entry in now) == sorted(entry.key for entry in CATALOGUE)


# -- The pages -------------------------------------------------------------------------------------
class Words(HTMLParser):
    """Collects what a page says: its texts, and the attributes that are read out or shown."""

    SAID = ("aria-label", "title", "placeholder", "alt", "data-key-label")
    SILENT = ("script", "style", "textarea", "pre")

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT or ("lang" in dict(attrs) and tag != "html"):
            self.inside.append(tag)  # a language is named in itself
        self.said += [value for name, value in attrs if name in self.SAID and value]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.said.append(data)


FACT = re.compile(r"%\(\w+\)s|%%s|%s")


def readings() -> list[str]:
    """Return a pattern for each English sentence as it reads once its facts are filled in."""
    sentences = [entry.source for entry in CATALOGUE if entry.source not in SHARED]
    telling = [text for text in sentences if re.search(r"[a-z]{3}", FACT.sub("", text))]
    return [".*".join(re.escape(part) for part in FACT.split(text)) for text in telling]


ENGLISH = re.compile("|".join(readings()))


def english_in(html: str) -> list[str]:
    page = Words()
    page.feed(html)
    said = {" ".join(text.split()).strip(" ·;,") for text in page.said}
    return sorted(text for text in said if ENGLISH.fullmatch(text))


@pytest.fixture
def reader(client: Client, dewi: User) -> Client:
    """Dewi, who sees every page, with Indonesian chosen."""
    client.force_login(dewi)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "id"
    return client


@pytest.fixture
def busy(conversation: Conversation, ana: User) -> Conversation:
    """A conversation with something of everything that a page can show."""
    conversations.add_note(conversation=conversation, text="Halo.", by=ana)
    conversations.take(conversation=conversation, by=ana)
    label = Label.objects.create(name="Situs")
    conversations.add_label(conversation=conversation, label=label, by=ana)
    Conversation.objects.filter(pk=conversation.pk).update(
        sentiment="negative",
        language="id",
        priority=30,
        has_personal_data=True,
        reasons=[{"code": "question", "points": 5, "text": "asks a question"}],
    )
    make_conversation(conversation.channel, author=conversation.author, status="resolved")
    return conversation


PAGES = {
    "inbox:queue": ("Perlu dijawab", "Kotak masuk", "negatif", "Paling mendesak"),
    "responses:approvals": ("Persetujuan", "oleh ana"),
    "responses:attention": ("Perlu perhatian", "Ditahan", "Kanal sedang dijeda.", "Coba lagi"),
    "inbox:channels": ("Hubungkan kanal", "Sebutan", "belum dibaca"),
    "inbox:channel_networks": ("Hubungkan kanal",),
    "inbox:audit": ("Catatan audit", "menulis catatan", "memberinya label “…”"),
    "inbox:bulk": ("Perubahan massal",),
    "inbox:labels": ("Situs", "Label baru dibuat saat diperlukan"),
    "inbox:views": ("Belum ada tampilan tersimpan",),
    "inbox:notifications": ("Notifikasi", "Belum ada yang perlu Anda ketahui"),
    "inbox:notification_settings": ("Beri tahu saya bila", "Ada yang menyebut saya"),
    "inbox:preferences": ("Preferensi", "Zona waktu"),
    "inbox:sessions": ("Tempat Anda masuk", "Peramban ini"),
    "inbox:people": ("Undang seseorang", "Terakhir masuk"),
    "inbox:invite": ("Kirim undangan",),
    "inbox:teams": ("Bentuk tim", "Kanal tanpa tim"),
    "inbox:security": ("Faktor kedua wajib untuk",),
    "inbox:tokens": ("Token API", "Setiap token boleh membaca"),
    "inbox:webhooks": ("Belum ada sistem lain yang diberi tahu",),
    "inbox:webhook_add": ("Tambah webhook", "Balasan disetujui"),
    "mfa_index": ("Aplikasi autentikator", "Kode pemulihan"),
    "account_change_password": ("Ubah kata sandi",),
    "account_logout": ("Draf tetap tersimpan.",),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_speak_indonesian_only(
    reader: Client, busy: Conversation, ana: User, ben: User, name: str
) -> None:
    held = make_queued(busy, author=ana, manager=ben)
    Reply.objects.filter(pk=held.pk).update(status="held", stop_code=stops.CHANNEL_PAUSED)
    make_submitted(author=ana, text="Segera kami periksa.")
    html = reader.get(reverse(name)).content.decode()
    for words in PAGES[name]:
        assert words in html
    assert english_in(html) == []


def test_the_pages_of_one_conversation_speak_indonesian_only(
    reader: Client, busy: Conversation, ana: User
) -> None:
    draft = make_submitted(busy, author=ana)
    for url, words in {
        reverse("inbox:conversation", args=[busy.pk]): ("Alasan prioritas", "Selesaikan", "Tunda"),
        reverse("responses:panel", args=[busy.pk]): ("Sedang ditinjau", "Putuskan"),
        reverse("responses:approval", args=[draft.pk]): ("Setujui", "Kembalikan dengan catatan"),
        reverse("inbox:channel", args=[busy.channel_id]): ("Kondisi", "Terakhir dibaca"),
        reverse("responses:policy", args=[busy.channel_id]): ("Waktu urung (detik)",),
    }.items():
        html = reader.get(url).content.decode()
        for said in words:
            assert said in html, url
        assert english_in(html) == [], url


def test_the_pages_of_one_person_team_and_webhook_speak_indonesian_only(
    reader: Client, conversation: Conversation, ana: User, dewi: User
) -> None:
    team = teams.create_team(name="Malam", by=dewi)
    teams.set_members(team=team, members=[ana], by=dewi)
    _row, token = invitations.invite(email="eka@example.org", role="agent", teams=[team], by=dewi)
    url = "https://example.org/hook"
    hook, _secret = webhooks.add_endpoint(
        name="Dasbor", url=url, events=["message.received"], by=dewi
    )
    news = outbox.News("message.received", conversation.channel_id, conversation=conversation)
    (delivery,) = outbox.write(endpoints=[hook], news=[news])
    log = [{"at": "", "status": 302, "ms": 1, "words": delivering.REDIRECTED, "excerpt": ""}]
    WebhookDelivery.objects.filter(pk=delivery.pk).update(log=log)
    for url, words in {
        reverse("inbox:person", args=[ana.pk]): ("Tutup akun", "tanpa faktor kedua"),
        reverse("inbox:team", args=[team.pk]): ("Bubarkan", "tetap melihat semua"),
        reverse("inbox:people"): ("eka@example.org", "tautan berlaku sampai"),
        reverse("inbox:webhook", args=[hook.pk]): ("Kirim peristiwa uji", "Sedang dikirim"),
        reverse("inbox:webhook_delivery", args=[hook.pk, delivery.pk]): ("Penerima mengalihkan",),
        reverse("inbox:audit"): ("membentuk tim Malam", "menambahkan webhook “Dasbor”"),
    }.items():
        html = reader.get(url).content.decode()
        for said in words:
            assert said in html, url
        assert english_in(html) == [], url
    reader.logout()
    asked = reader.get(reverse("inbox:join", args=[token]), headers={"accept-language": "id"})
    html = asked.content.decode()
    assert "Buat akun saya" in html
    assert english_in(html) == []


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_signup"])
def test_the_entrance_follows_the_browser(client: Client, db: None, name: str) -> None:
    html = client.get(reverse(name), headers={"accept-language": "id"}).content.decode()
    assert '<html lang="id">' in html
    assert "Bahasa dan tampilan" in html
    assert english_in(html) == []


def test_the_look_for_english_finds_some(client: Client, db: None) -> None:
    found = english_in(client.get(reverse("account_login")).content.decode())
    assert {"Password", "Sign in to the desk"} <= set(found)


# -- Words that are made from data -----------------------------------------------------------------
def test_what_is_wrong_with_a_reply_is_said_by_its_code(conversation: Conversation) -> None:
    target = conversation.messages.get()
    said = {}
    with translation.override("id"):
        for text in ("", "x" * 290):
            (found,) = problems(
                text=text, target=target, conversation=conversation, is_private=False
            )
            said[found.code] = found.message
    assert said == {
        "empty": "Balasan masih kosong.",
        "too_long": "Kelebihan 10: ringkas menjadi 280.",
    }


def test_reach_and_roles_are_told_in_indonesian(db: None) -> None:
    author = make_author(followers=180_000)
    reach = {"code": "reach", "params": {"followers": author.followers}, "text": "180k followers"}
    added = AuditEvent(verb="inbox.user.created", data={"username": "ana", "role": "agent"})
    asked = {"needed": True, "role": "manager"}
    rule = AuditEvent(verb="inbox.security.second_factor", data=asked)
    given = AuditEvent(verb="inbox.channel.team", data={"team": ""})
    with translation.override("id"):
        assert reason_words(reach) == "Jangkauan luas: 180 rb pengikut"
        assert in_words(added) == "menambahkan pengguna ana sebagai Agen"
        assert in_words(rule) == "menetapkan faktor kedua sebagai wajib untuk Manajer"
        assert in_words(given) == "menyerahkan kanal kepada semua orang"
        assert "%(" not in str(verbs())


def test_what_we_say_of_an_attempt_is_told_in_the_readers_language(
    reader: Client, conversation: Conversation, ana: User, ben: User
) -> None:
    """It was written by a worker, which has no reader and keeps it in English."""
    held = make_queued(conversation, author=ana, manager=ben)
    Reply.objects.filter(pk=held.pk).update(
        status="unknown", stop_code=stops.CANNOT_CHECK, stop_text="The worker did not come back."
    )
    html = reader.get(reverse("responses:attention")).content.decode()
    assert "Proses pengiriman terhenti di tengah jalan." in html
    assert "The worker did not come back." not in html
