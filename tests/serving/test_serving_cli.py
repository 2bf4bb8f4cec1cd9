"""The operator's command: exit codes, plain sentences, and settings that refuse to be guessed."""

import base64
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import typer

from serving.access.callers import caller_of
from serving.cli import main
from serving.refusals import ExitCode
from serving.settings import SettingsError, read_settings
from serving.store import open_store
from tests.serving.receiver import KEY
from tests.serving.village import run

SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
TARGET = {
    "ZHAOREN_WEBHOOK_URL": "https://hook.city.gov/x",
    "ZHAOREN_WEBHOOK_HOSTS": "hook.city.gov",
    "ZHAOREN_WEBHOOK_SECRET": SECRET,
}


def call(*argv, home, **environ):
    return main(argv, {"ZHAOREN_HOME": str(home)} | environ)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("--help",), 0),
        (("nightly", "--help"), 0),
        (("nightly",), 2),
        (("nightly", "--as-of-date", "yesterday"), 2),
        (("nightly", "--as-of", "2026-03-09"), 2),
        (("dance",), 2),
        (("status",), 0),
        (("settings",), 0),
        (("contracts", "check"), 0),
        (("contracts", "list"), 0),
        (("outbox", "send"), 0),
        (("replay", "--as-of-date", "2026-03-09"), 23),
        (("tokens", "revoke", "nosuch"), 23),
        (("tokens", "issue", "--worker", "w", "--role", "king", "--scope", "grid:g1"), 2),
        (("tokens", "issue", "--worker", "w", "--role", "supervisor", "--scope", "g1"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_each_command_returns_its_exit_code(home, argv, code):
    assert call(*argv, home=home) == code


def test_a_night_without_a_landing_folder_says_what_to_do(home, capsys):
    code = call("nightly", "--as-of-date", "2026-03-09", home=home)

    told = capsys.readouterr().err
    assert code == ExitCode.FEED_NOT_USABLE
    assert "landing" in told
    assert "What to do:" in told


def test_a_night_in_an_empty_bureau_refuses_for_want_of_a_model(home, capsys):
    (home / "landing").mkdir()

    code = call("nightly", "--as-of-date", "2026-03-09", home=home)

    assert code == ExitCode.NO_CHAMPION
    assert "no model is promoted" in capsys.readouterr().err
    assert call("status", home=home) == 0
    assert "refused" in capsys.readouterr().out


def test_a_token_is_shown_once_works_and_ends_when_revoked(home, capsys):
    call(
        *("tokens", "issue", "--worker", "w1", "--role", "grid_worker", "--scope", "grid:g1"),
        home=home,
    )
    shown = capsys.readouterr().out
    secret = re.search(r"zr_\S+", shown).group()
    token_id = secret.split("_")[1]
    store = open_store(home)
    with store.read() as connection:
        caller = caller_of(connection, bearer=secret, now=datetime.now(UTC))
        assert [one.place_id for one in caller.memberships] == ["g1"]

    call("tokens", "list", home=home)
    assert secret not in capsys.readouterr().out
    assert call("tokens", "revoke", token_id, home=home) == 0
    assert call("tokens", "revoke", token_id, home=home) == ExitCode.NOT_FOUND
    with store.read() as connection:
        assert caller_of(connection, bearer=secret, now=datetime.now(UTC)) is None
    store.close()


def test_status_tells_what_stands_what_is_late_and_what_waits(home, capsys):
    run(home)

    call("status", home=home)

    told = capsys.readouterr().out
    assert "Lists stand for 2026-03-09, published 2026-03-09 02:00" in told
    assert "late: utility_bills" in told
    assert "3 pending" in told


@pytest.mark.parametrize("stop", [KeyboardInterrupt, typer.Abort])
def test_whoever_interrupts_a_command_is_told_so_by_its_exit_code(home, monkeypatch, stop):
    monkeypatch.setattr("serving.lists.list_policy.load_list_policy", raising(stop()))

    assert call("nightly", "--as-of-date", "2026-03-09", home=home) == ExitCode.INTERRUPTED == 130


def test_a_stream_that_ends_too_early_is_an_error_and_no_interruption(home, monkeypatch):
    monkeypatch.setattr("serving.lists.list_policy.load_list_policy", raising(EOFError("cut off")))

    with pytest.raises(EOFError, match="cut off"):
        call("nightly", "--as-of-date", "2026-03-09", home=home)


def raising(error):
    def work(*_, **__):
        raise error

    return work


def test_help_does_not_wait_for_a_model_library():
    script = (
        "import sys; from serving.cli import main; main(['--help'], {});"
        "heavy = {'pandas', 'lightgbm', 'ibis', 'great_expectations', 'fastapi', 'sqlalchemy'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"ZHAOREN_HOM": "x"}, "did you mean ZHAOREN_HOME"),
        ({"ZHAOREN_TIMEZONE": "Middle/Earth"}, "ZHAOREN_TIMEZONE"),
        ({"ZHAOREN_API_PORT": "99999"}, "ZHAOREN_API_PORT"),
        ({"ZHAOREN_ENGINE": "spark"}, "ZHAOREN_ENGINE: Value error, there is no engine 'spark'"),
        ({**TARGET, "ZHAOREN_WEBHOOK_SECRET": ""}, "ZHAOREN_WEBHOOK_SECRET is not"),
        ({**TARGET, "ZHAOREN_WEBHOOK_SECRET": "changeme"}, "24 random bytes"),
        ({**TARGET, "ZHAOREN_WEBHOOK_SECRET_BEFORE": "old"}, "WEBHOOK_SECRET_BEFORE"),
        ({**TARGET, "ZHAOREN_WEBHOOK_HOSTS": ""}, "not among the allowed hosts"),
        ({**TARGET, "ZHAOREN_WEBHOOK_URL": "http://hook.city.gov/x"}, "https only"),
        ({**TARGET, "ZHAOREN_WEBHOOK_NETWORKS": "10.0.0.0/99"}, "ZHAOREN_WEBHOOK_NETWORKS"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_setting_is_refused_by_name_and_never_repeats_a_secret(environ, says):
    with pytest.raises(SettingsError) as caught:
        read_settings(environ).message_targets()

    assert says in caught.value.found
    assert "changeme" not in str(caught.value)


def test_good_settings_are_taken_as_they_are_and_others_of_the_house_ignored():
    settings = read_settings({**TARGET, "ZHAOREN_FAILPOINT": "", "PATH": "/bin"})

    [target] = settings.message_targets()
    assert target.poster.url == "https://hook.city.gov/x"
    assert target.poster.keys == [KEY]
    assert SECRET not in repr(settings)
    assert read_settings({}).message_targets() == ()


def test_the_secret_the_command_makes_is_one_it_accepts(home, capsys):
    call("tokens", "webhook-secret", home=home)
    secret = capsys.readouterr().out.strip()

    assert read_settings({**TARGET, "ZHAOREN_WEBHOOK_SECRET": secret}).message_targets()


def test_an_unknown_failpoint_is_refused(home):
    with pytest.raises(ValueError, match="no failpoint"):
        call("status", home=home, ZHAOREN_FAILPOINT="nowhere")
