import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from models.artefact import Artefact, ArtefactError
from models.promoted import (
    NoChampion,
    NothingToGoBackTo,
    champion,
    earlier_champion,
    history,
    promote,
    rollback,
)

Write = Callable[..., Artefact]

# The engine keeps local time without a zone.
EVENING = datetime.fromisoformat("2024-03-08T21:30")
MORNING = datetime.fromisoformat("2024-03-09T06:00")


def test_without_a_promotion_the_message_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NoChampion, match="zhaoren-lab train"):
        champion(tmp_path)
    assert history(tmp_path) == ()


def test_only_sound_models_are_promoted_and_every_promotion_is_remembered(
    tmp_path: Path, write_artefact: Write
) -> None:
    home, artefact = tmp_path / "home", write_artefact(tmp_path / "trained")
    promote(home, artefact.folder, at=EVENING, by="data scientist", reason="first")

    found = champion(home)
    assert found.artefact_id == artefact.artefact_id
    assert found.folder == home / "models" / artefact.artefact_id

    damaged = write_artefact(tmp_path / "damaged")
    (damaged.folder / "model_0.txt").write_text("tree")
    with pytest.raises(ArtefactError, match="does not match"):
        promote(home, damaged.folder, at=MORNING, by="data scientist", reason="oops")
    assert champion(home) == found

    promote(home, found.folder, at=MORNING, by="data scientist", reason="again")
    assert [line.reason for line in history(home)] == ["first", "again"]
    assert history(home)[0].promoted_at == "2024-03-08T21:30:00"

    (found.folder / "golden.json").unlink()
    with pytest.raises(ArtefactError, match=r"missing \['golden.json'\]"):
        champion(home)


def test_a_damaged_pointer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "champion.json").write_text(json.dumps({"champion": "x"}))
    with pytest.raises(ArtefactError, match=r"champion.json is damaged"):
        champion(tmp_path)


class TestRollback:
    """One step back to the champion before; what was left is not gone back to again."""

    @pytest.fixture
    def home(self, tmp_path: Path, write_artefact: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A home in which three models were promoted one after the other: 0, 1, 2."""
        # A child process per promotion would take most of the time of these tests.
        monkeypatch.setattr("models.promoted.check_in_child", lambda *_, **__: None)
        home = tmp_path / "home"
        for number in range(3):
            artefact = write_artefact(tmp_path / f"trained_{number}", training={"number": number})
            promote(home, artefact.folder, at=EVENING, by="data scientist", reason=f"{number}")
        return home

    def test_going_back_twice_reaches_the_first(self, home: Path) -> None:
        found = rollback(home, at=MORNING, by="operator", reason="list looked wrong")
        assert champion(home) == found
        assert found.training == {"number": 1}
        assert history(home)[-1].reason == "list looked wrong"
        assert history(home)[-1].is_rollback

        assert rollback(home, at=MORNING, by="operator", reason="still").training == {"number": 0}
        with pytest.raises(NothingToGoBackTo, match="remembers 1 champion"):
            rollback(home, at=MORNING, by="operator", reason="once more")
        assert len(history(home)) == 5

    def test_a_model_promoted_after_going_back_goes_back_to_what_it_followed(
        self, home: Path, tmp_path: Path, write_artefact: Write
    ) -> None:
        rollback(home, at=MORNING, by="operator", reason="wrong")
        better = write_artefact(tmp_path / "better", training={"number": 3})
        promote(home, better.folder, at=MORNING, by="data scientist", reason="better")

        back = rollback(home, at=MORNING, by="operator", reason="worse")
        assert back.training == {"number": 1}

    def test_a_damaged_earlier_champion_is_not_gone_back_to(self, home: Path) -> None:
        before = champion(home)
        earlier = earlier_champion(home)
        (earlier.folder / "golden.json").unlink()

        with pytest.raises(ArtefactError, match="missing"):
            rollback(home, at=MORNING, by="operator", reason="wrong")
        assert champion(home) == before
