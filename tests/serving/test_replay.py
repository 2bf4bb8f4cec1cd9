"""A published date drawn up again: the same bytes, or a plain list of what differs and why."""

import dataclasses
from datetime import timedelta

import pytest

from serving.night.replay import replay
from serving.refusals import ExitCode, Refusal
from serving.store import open_store
from tests.serving.village import NIGHT, Village, published_files, run


def replayed(home, upstream=None, as_of_date=NIGHT):
    store = open_store(home)
    try:
        return replay(
            store,
            upstream or Village(),
            home=home,
            as_of_date=as_of_date,
            progress=lambda _: None,
        )
    finally:
        store.close()


def test_a_replay_gives_every_byte_again_and_leaves_no_trace(home):
    run(home)
    before = published_files(home)

    found = replayed(home)

    assert found.is_same
    assert found.files == len(before) == 23
    assert published_files(home) == before
    assert not any((home / "lists" / ".replay").iterdir())


def test_later_nights_and_answers_do_not_change_a_past_list(home):
    run(home)
    for days in (1, 2):
        run(home, as_of_date=NIGHT + timedelta(days=days))

    for days in (0, 1, 2):
        assert replayed(home, as_of_date=NIGHT + timedelta(days=days)).is_same


def test_another_score_is_found_and_the_lists_it_touches_are_named(home):
    run(home)
    village = Village()
    changed = village.households["household_id"] == "zheng_two"
    village.households.loc[changed, "band"] = "red"

    found = replayed(home, village)

    assert not found.is_same
    assert "g2/grid_worker.json" in found.differing
    assert "g3/grid_worker.json" not in found.differing


def test_facts_that_came_in_since_are_named_as_the_cause(home):
    run(home)

    found = replayed(home, Village(deliveries={"residents": ["d1", "d2"]}))

    assert found.inputs_changed == ("feed residents: 1 deliveries more, 0 fewer",)


def test_the_policy_of_the_night_is_used_not_todays(home):
    from tests.serving.village import policy

    run(home, lists=policy(seed="the seed of that night"))

    assert replayed(home).is_same


def test_a_damaged_file_is_found(home):
    run(home)
    (home / "lists" / NIGHT.isoformat() / "g1" / "grid_worker.csv").write_text("x")

    assert replayed(home).differing == ("g1/grid_worker.csv",)


def test_a_date_that_was_never_published_cannot_be_replayed(home):
    with pytest.raises(Refusal) as caught:
        replayed(home)

    assert caught.value.code is ExitCode.NOT_FOUND


def test_a_replay_asks_for_the_model_of_that_night(home):
    run(home)
    asked = []

    @dataclasses.dataclass
    class Newer(Village):
        def champion(self):
            return "d" * 64

        def score(self, *, champion, **rest):
            asked.append(champion)
            return super().score(champion=champion, **rest)

    assert replayed(home, Newer()).is_same
    assert asked == ["c" * 64]


def test_a_date_whose_facts_have_expired_since_is_refused_in_words_not_drawn_up_differently(home):
    run(home)

    class Forgetful(Village):
        def inputs(self, *, as_of_date):
            told = super().inputs(as_of_date=as_of_date)
            return {feed: [*ids, "expired before 2016-01-01"] for feed, ids in told.items()}

    with pytest.raises(Refusal) as refusal:
        replayed(home, Forgetful())

    assert refusal.value.code is ExitCode.FACTS_EXPIRED
    assert "from before 2016-01-01 have expired since they were published" in refusal.value.found
    run(home, as_of_date=NIGHT + timedelta(days=1), upstream=Forgetful())
    assert replayed(home, Forgetful(), as_of_date=NIGHT + timedelta(days=1)).is_same
