"""``zhaoren keys``: a key made once, told apart by its fingerprint, shown to nobody."""

import json
import stat

import pytest

from data_contracts.pseudonyms import KEY_FILE
from serving.cli import main
from serving.refusals import ExitCode


def call(*argv, home, **environ):
    return main(argv, {"ZHAOREN_HOME": str(home)} | environ)


def test_a_new_key_is_written_once_and_never_shown(home, capsys):
    assert call("keys", "new", "--city", "990100", home=home) == 0
    told = json.loads((home / KEY_FILE).read_text("ascii"))
    assert call("keys", "fingerprint", home=home) == 0
    assert call("keys", "new", "--city", "990100", home=home) == ExitCode.KEY_UNUSABLE

    shown = "".join(capsys.readouterr())
    assert stat.S_IMODE((home / KEY_FILE).stat().st_mode) == 0o600
    assert (told["city"], told["simulated"]) == ("990100", False)
    assert json.loads((home / KEY_FILE).read_text("ascii")) == told
    assert "Back it up now" in shown
    assert "is not overwritten" in shown
    assert told["key"][:8] not in shown


def test_the_key_may_lie_elsewhere(home, tmp_path, capsys):
    elsewhere = tmp_path / "other" / "a.key"

    assert call("keys", "new", "--city", "1", home=home, ZHAOREN_KEY_FILE=str(elsewhere)) == 0

    assert elsewhere.exists()
    assert not (home / KEY_FILE).exists()
    assert call("keys", "fingerprint", home=home) == ExitCode.KEY_UNUSABLE
    assert "zhaoren keys new" in "".join(capsys.readouterr())


@pytest.mark.parametrize("argv", [("keys", "new"), ("keys", "new", "--city", " ")])
def test_a_key_without_a_city_is_not_made(home, argv, capsys):
    assert call(*argv, home=home) in (ExitCode.WRONG_USAGE, ExitCode.KEY_UNUSABLE)
    assert not (home / KEY_FILE).exists()


def test_a_key_others_may_read_stops_the_command(home, capsys):
    call("keys", "new", "--city", "990100", home=home)
    (home / KEY_FILE).chmod(0o644)

    assert call("keys", "fingerprint", home=home) == ExitCode.KEY_UNUSABLE
    assert "chmod 600" in "".join(capsys.readouterr())
