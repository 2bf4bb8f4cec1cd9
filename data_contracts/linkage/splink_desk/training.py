"""Learn the model from unlabelled records: u by counting, m by expectation maximisation."""

from collections.abc import Collection, Sequence
from copy import deepcopy

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from splink.comparison_level_library import CustomLevel, ElseLevel
from splink.comparison_library import CustomComparison

from data_contracts.linkage.levels import COMPARISONS, ELSEWHERE, Settings
from data_contracts.linkage.splink_desk.session import connection, open_linker
from data_contracts.linkage.splink_desk.settings import digits, every_level, prior_of

NEIGHBOURS = 4_000
RANDOM_PAIRS = 2e6
TRAINING_PAIRS = 2e6
DOOR_IS_RIGHT = 0.99
"""Assumed share of true pairs among pairs whose whole door agrees: no two flats have one, but clerks slip."""
KNOWN_ELSEWHERE = 0.25
"""Assumed odds that a holder found at a dwelling is found there without the account supplying it."""
RAREST_SLIP = 0.002
"""Least m of any level: a model that has never seen a slip must not conclude that there are none."""

RAREST_CHANCE = 1e-5
"""Least u: the wrong door of the right compound gets written down now and then, whatever the data show."""

_WHOLE_DOOR = (
    "l.place = r.place AND l.building = r.building AND l.room = r.room"
    " AND l.unit IS NOT DISTINCT FROM r.unit"
)
_SAME_FLAT_NUMBER = CustomComparison(
    output_column_name="flat_number",
    comparison_levels=[
        CustomLevel("room_l IS NULL OR room_r IS NULL").configure(is_null_level=True),
        CustomLevel("room_l = room_r AND building_l IS NOT DISTINCT FROM building_r").configure(
            m_probability=0.9, u_probability=0.005
        ),
        ElseLevel().configure(m_probability=0.1, u_probability=0.995),
    ],
)
"""Learned beside ``where`` only: tells namesakes who are strangers from the holder's own dwelling."""


def train(settings: Settings, accounts: pa.Table, dwellings: pa.Table, *, seed: int) -> Settings:
    """Return the settings with u, m and the prior learned from unlabelled records.

    u is counted on random pairs; that of ``door`` on random pairs out of some whole compounds, since it says how
    doors agree among neighbours. m comes from three sessions of expectation maximisation, each on pairs
    selected by something it does not learn: ``where`` on namesakes (mostly strangers), ``holder``
    on pairs whose whole door agrees, ``door`` on pairs of one compound.

    Args:
        settings: from :func:`initial_settings`; levels that never occur keep their starting values.
        accounts: records of accounts (a sample will do), sorted by ``unique_id``.
        dwellings: records of dwellings, sorted by ``unique_id``.
        seed: same seed, same data, same model.
    """
    counted = _counted(settings, accounts, dwellings, seed=seed)
    near = _counted(settings, *_some_compounds(accounts, dwellings), seed=seed)
    learned = {**counted, "door": _among_neighbours(counted["door"], near["door"])}
    learned |= _learned(
        settings,
        [learned["where"], _SAME_FLAT_NUMBER.create_comparison_dict("duckdb")],
        _one_row_per_name(accounts),
        _one_row_per_name(dwellings),
        "l.one_name = r.one_name",
        prior=0.01,
    )
    learned |= _learned(
        settings,
        [learned["holder"]],
        accounts,
        dwellings,
        _WHOLE_DOOR,
        prior=DOOR_IS_RIGHT,
        fix_prior=True,
    )
    learned |= _learned(
        settings,
        [learned["door"], learned["holder"]],
        _with_gate(accounts),
        _with_gate(dwellings),
        "l.gate = r.gate",
        prior=0.005,
        keep=("door",),
    )
    _keep_elsewhere(learned["door"], counted["door"])
    trained = settings | {"comparisons": [learned[name] for name in COMPARISONS]}
    return _rounded(_within_reason(prior_of(trained, dwellings=dwellings.num_rows)))


def _counted(
    settings: Settings, accounts: pa.Table, dwellings: pa.Table, *, seed: int
) -> dict[str, Settings]:
    """Return the comparisons with u counted on random pairs."""
    with connection(threads=1) as con:
        linker = open_linker(con, settings, accounts, dwellings)
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
        return _by_name(linker.misc.save_model_to_json())


def _keep_elsewhere(learned: Settings, counted: Settings) -> None:
    """Put back m of the levels outside one compound: pairs of one compound cannot teach them."""
    levels = zip(
        COMPARISONS["door"], learned["comparison_levels"], counted["comparison_levels"], strict=True
    )
    for level, one, other in levels:
        if level.code in ELSEWHERE:
            one["m_probability"] = other["m_probability"]


def _within_reason(settings: Settings) -> Settings:
    """Return settings in which nothing that was never counted is impossible, and no person proves a dwelling.

    A holder may be known at a dwelling the account does not supply: the landlord's own home, the one moved to. So
    for one true pair at any level of ``holder`` there is at least a quarter of a false one.
    """
    bounded = deepcopy(settings)
    per_pair = bounded["probability_two_random_records_match"] * KNOWN_ELSEWHERE
    for name, comparison in _by_name(bounded).items():
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            m = max(level["m_probability"], RAREST_SLIP)
            least = max(RAREST_CHANCE, m * per_pair) if name == "holder" else RAREST_CHANCE
            level |= {"m_probability": m, "u_probability": max(level["u_probability"], least)}
    return bounded


def _some_compounds(accounts: pa.Table, dwellings: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the records of as many whole compounds as hold some thousand dwellings."""
    accounts, dwellings = _with_gate(accounts), _with_gate(dwellings)
    gates = dwellings["gate"].drop_null().unique().sort()
    step = max(1, dwellings.num_rows // NEIGHBOURS)
    some = gates.take(pa.array(range(0, len(gates), step)))
    return (
        accounts.filter(pc.is_in(accounts["gate"], some)),
        dwellings.filter(pc.is_in(dwellings["gate"], some)),
    )


def _among_neighbours(anywhere: Settings, near: Settings) -> Settings:
    """Return comparison ``door`` with u of its levels within one compound as shares of all pairs there.

    A whole door that agrees is a true pair even among random ones, so it cannot be counted: its u is the least.
    """
    door = deepcopy(anywhere)
    here = [
        place
        for place, level in enumerate(COMPARISONS["door"])
        if level.m is not None and level.code not in ELSEWHERE
    ]
    levels, counts = door["comparison_levels"], near["comparison_levels"]
    together = sum(counts[place]["u_probability"] for place in here[1:])
    for place in here[1:]:
        levels[place]["u_probability"] = counts[place]["u_probability"] / together
    levels[here[0]]["u_probability"] = RAREST_CHANCE
    return door


def _by_name(settings: Settings) -> dict[str, Settings]:
    return {one["output_column_name"]: one for one in settings["comparisons"]}


def _learned(
    settings: Settings,
    comparisons: Sequence[Settings],
    accounts: pa.Table,
    dwellings: pa.Table,
    block: str,
    *,
    prior: float,
    fix_prior: bool = False,
    keep: Collection[str] = tuple(COMPARISONS),
) -> dict[str, Settings]:
    """Return comparisons with what expectation maximisation learned on the pairs of one block."""
    session = settings | {
        "comparisons": list(comparisons),
        "probability_two_random_records_match": prior,
    }
    with connection(threads=1) as con:
        linker = open_linker(con, session, accounts, dwellings)
        linker.training.estimate_parameters_using_expectation_maximisation(
            block,
            max_pairs=TRAINING_PAIRS,
            record_sample_proportion=0.1,
            fix_probability_two_random_records_match=fix_prior,
        )
        found = _by_name(linker.misc.save_model_to_json())
    return {name: one for name, one in found.items() if name in keep}


def _with_gate(records: pa.Table) -> pa.Table:
    """Return records with ``gate``: the compound, or road and number where there is none."""
    return records.append_column("gate", pc.coalesce(records["place"], records["road_no"]))


def _one_row_per_name(records: pa.Table) -> pa.Table:
    """Return records repeated for each known name, in ``one_name``, with ids of their own."""
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("records", records)
        return con.sql(
            "SELECT * REPLACE (unique_id || '|' || one_name AS unique_id) FROM"
            " (SELECT *, unnest(known_names) AS one_name FROM records) ORDER BY unique_id"
        ).to_arrow_table()


def _rounded(settings: Settings) -> Settings:
    """Return settings written the same way whatever the last bits of a sum were."""
    rounded = deepcopy(settings)
    for level in every_level(rounded["comparisons"]):
        if not level.get("is_null_level"):
            level["m_probability"] = digits(level["m_probability"])
            level["u_probability"] = digits(level["u_probability"])
    return rounded
