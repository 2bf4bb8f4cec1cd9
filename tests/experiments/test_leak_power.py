"""The measurement of the alarm says where it is, table by table, and counts what it looked at."""

from experiments.leak_trials import power
from experiments.leak_trials.made_up import PLANTS, MadeUp, clean
from models.leaks.findings import LeakReport


def test_every_table_is_told_before_it_is_looked_at(monkeypatch) -> None:
    told: list[str] = []
    silent = power.look(clean(0, units=300))

    def counted(made: MadeUp) -> LeakReport:
        told.append("looked")
        return silent

    monkeypatch.setattr(power, "look", counted)
    monkeypatch.setattr(power, "clean", lambda number, **_: clean(number, units=300))
    found = power.measure(honest=2, planted=1, progress=told.append)

    assert told[:4] == ["no leak: table 1 of 2", "looked", "no leak: table 2 of 2", "looked"]
    assert told.count("looked") == 2 + len(PLANTS)
    assert [(one.planted, one.tables) for one in found] == [
        ("no leak", 2), *((name, 1) for name in PLANTS)
    ]  # fmt: skip
    assert all(one.rung.value == bool(silent.leaks) for one in found)
