"""The desk only writes into, and only empties, a folder of its own."""

from __future__ import annotations

import pytest

from crisisdesk.runner import data_dir


def refusal(capsys, function, *arguments) -> str:
    with pytest.raises(SystemExit) as caught:
        function(*arguments)
    assert caught.value.code == 2
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    return text


def test_a_new_folder_is_private_and_marked(tmp_path):
    path = tmp_path / "desk"
    data_dir.open_data_dir(path)
    assert path.stat().st_mode & 0o777 == 0o700
    assert (path / data_dir.MARKER).exists()


def test_a_fresh_disk_counts_as_empty(tmp_path):
    (tmp_path / "lost+found").mkdir()
    data_dir.open_data_dir(tmp_path)
    assert (tmp_path / data_dir.MARKER).exists()


def test_a_folder_of_before_the_marker_is_recognised(tmp_path):
    (tmp_path / "secrets.env").touch()
    (tmp_path / "log").mkdir()
    data_dir.open_data_dir(tmp_path)
    assert (tmp_path / data_dir.MARKER).exists()


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").touch()
    assert "other files than the desk's" in refusal(capsys, data_dir.open_data_dir, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unwritable_folder_is_refused(tmp_path, capsys):
    (tmp_path / "file").touch()
    said = refusal(capsys, data_dir.open_data_dir, tmp_path / "file" / "desk")
    assert "cannot be written (Not a directory). Choose another one with --data DIR." in said


def test_reset_deletes_all_but_the_keys(tmp_path):
    data_dir.open_data_dir(tmp_path)
    (tmp_path / "secrets.env").touch()
    (tmp_path / "desk.sqlite3").touch()
    (tmp_path / "practice").mkdir()
    (tmp_path / "practice" / "x.sqlite3").touch()
    data_dir.empty(tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == {data_dir.MARKER, "secrets.env"}


def test_reset_does_not_follow_links_out_of_the_folder(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    inside = tmp_path / "desk"
    data_dir.open_data_dir(inside)
    (inside / "log").symlink_to(outside)
    data_dir.empty(inside)
    assert (outside / "precious").exists()
    assert not (inside / "log").exists()


def test_reset_refuses_a_folder_without_the_marker(tmp_path, capsys):
    (tmp_path / "thesis.txt").touch()
    assert "left alone" in refusal(capsys, data_dir.empty, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_only_one_desk_holds_a_folder(tmp_path, capsys):
    def hold_again() -> None:
        with data_dir.locked(tmp_path):
            pass

    with data_dir.locked(tmp_path):
        assert "already runs" in refusal(capsys, hold_again)
    hold_again()
