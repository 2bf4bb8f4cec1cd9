import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from models.artefact import Artefact, ArtefactError
from models.promoted import NoChampion, champion, history, promote

Write = Callable[[Path], Artefact]

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
