"""Open Data Contract Standard YAML -> frozen :class:`Contract`, with every reference resolved.

The JSON schema of the standard is checked first, then what it cannot know: that severities are ones the gate
acts on, that columns named anywhere exist, that every check says what a breach costs, that every number has
a unit. A contract that only nearly says what it means is refused: a misspelt severity would switch a check
off without anybody noticing.

Where the standard has no field, customProperties are used; their names are checked as well:

=================  ==================================================================================
contract           ``legalBasis``, ``owner``
table              ``entity``, ``entityColumn`` (what a row is about), ``factId`` (stays the same
                   across corrections, so it is not a primary key), ``maxQuarantinedShare`` (optional),
                   ``optional`` (``true``: a district may do without the feed)
column             ``unit`` (required for numbers and integers); for class S4 ``identifier``
                   (``national_id``, ``phone``, ``account``: pseudonymised at the edge; ``name``,
                   ``address_text``: sealed) and ``reidentify`` (optional, ``true``: the sealed store keeps
                   the raw value beside its pseudonym); ``mayBeLeftOut`` (optional, ``true``: a file need
                   not have the column, which is then null)
=================  ==================================================================================

Checks beyond the standard's library metrics are ``type: custom`` with ``engine: greatExpectations`` (any
expectation by its own name) or ``engine: zhaoren`` (see :mod:`data_contracts.check_compiler`).
"""

import json
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import yaml
from open_data_contract_standard.model import (
    Description,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
)

from data_contracts.check_compiler import CheckError, compile_check
from data_contracts.checks import Check, columns_of
from data_contracts.contract import SEALED_MARK, Column, Contract, ContractError, did_you_mean
from data_contracts.odcs_columns import column_of, custom_properties, said
from data_contracts.references import require_fitting_columns, require_known_feeds

__all__ = [
    "Column",
    "Contract",
    "ContractError",
    "delivery_ranks",
    "did_you_mean",
    "load_contract",
    "load_contracts",
]

STANDARD = "v3.1.0"
SUFFIX = ".odcs.yaml"
RESERVED_COLUMNS = ("known_from", "known_until", "delivery_id", "written_by", SEALED_MARK)
"""Columns the lake adds to every fact; a contract may not use these names."""

MAX_QUARANTINED_SHARE = 0.02
"""Above this share of bad rows a file is refused whole, unless its contract says otherwise.

Typing slips spoil single rows. When more than one row in fifty is bad, something happened to the whole export,
and its good-looking rows are not to be trusted either. A proposal until measured on real deliveries.
"""

# The same loader in C where it was built: every command reads thirty contracts first.
_SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CONTRACT_PROPERTIES = ("legalBasis", "owner")
_TABLE_PROPERTIES = ("entity", "entityColumn", "factId", "maxQuarantinedShare", "optional")
_DAYS = {
    "d": 1,
    "day": 1,
    "days": 1,
    "w": 7,
    "week": 7,
    "weeks": 7,
    "y": 365,
    "yr": 365,
    "year": 365,
    "years": 365,
}


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Return the contracts of a folder by feed, in alphabetical order.

    Raises:
        ContractError: no contract in the folder, or one of them is not right.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise ContractError(f"no contract in {folder}: expected files named <feed>{SUFFIX}")
    contracts = {contract.feed: contract for contract in map(load_contract, paths)}
    for contract in contracts.values():
        try:
            require_known_feeds(contract, contracts)
        except ContractError as error:
            raise ContractError(f"{contract.feed}{SUFFIX}: {error}") from error
    delivery_ranks(contracts)
    return contracts


def delivery_ranks(contracts: Mapping[str, Contract]) -> dict[str, int]:
    """Return a rank per feed such that a feed ranks above every feed its checks look into.

    Raises:
        ContractError: feeds refer to each other in a circle, so neither could ever be judged first.
    """
    refers = {
        feed: {other for check in contract.checks for other, _ in check.looked_up if other != feed}
        for feed, contract in contracts.items()
    }
    try:
        order = list(TopologicalSorter(refers).static_order())
    except CycleError as error:
        raise ContractError(
            f"checks refer in a circle: {' -> '.join(error.args[1])}; drop one of them"
        ) from error
    ranks: dict[str, int] = {}
    for feed in order:
        ranks[feed] = 1 + max((ranks[other] for other in refers.get(feed, ())), default=-1)
    return ranks


def load_contract(path: Path) -> Contract:
    """Return the contract written in one ``<feed>.odcs.yaml``.

    Raises:
        ContractError: the file is not valid ODCS v3.1.0, or says something the gate could not act on.
    """
    try:
        return _compile(_standard_document(path), feed=path.name.removesuffix(SUFFIX))
    except (ContractError, CheckError) as error:
        raise ContractError(f"{path.name}: {error}") from error


def _standard_document(path: Path) -> OpenDataContractStandard:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)
    except yaml.YAMLError as error:
        raise ContractError(f"is not YAML: {error}") from error
    for fault in _standard_schema().iter_errors(document):
        where = "/".join(str(step) for step in fault.absolute_path) or "the document"
        raise ContractError(f"is not ODCS {STANDARD}: at {where}: {fault.message}")
    if document.get("apiVersion") != STANDARD:
        raise ContractError(f"apiVersion is {document.get('apiVersion')!r}, expected {STANDARD!r}")
    return OpenDataContractStandard(**document)


@cache
def _standard_schema() -> jsonschema.Draft201909Validator:
    shipped = files("open_data_contract_standard") / "schema.json"
    return jsonschema.Draft201909Validator(json.loads(shipped.read_text(encoding="utf-8")))


def _compile(document: OpenDataContractStandard, *, feed: str) -> Contract:
    tables = document.schema_ or []
    if len(tables) != 1:
        raise ContractError(f"describes {len(tables)} tables; a feed is exactly one")
    [table] = tables
    if table.relationships:
        raise ContractError("write relationships at the column they begin at, not at the table")
    if not (document.name == table.name == feed):
        raise ContractError(
            f"file, contract and table must have one name: {feed!r}, {document.name!r}, {table.name!r}"
        )
    properties = table.properties or []
    names = [said(column.name, "a column name") for column in properties]
    _require_sound_names(names)
    checks = _compile_checks(table, properties, names)
    own = custom_properties(
        document.customProperties, allowed=_CONTRACT_PROPERTIES, where="the contract"
    )
    of_table = custom_properties(
        table.customProperties, allowed=_TABLE_PROPERTIES, where=f"table {feed}"
    )
    fact_id = _existing(_text(of_table, "factId"), names, "factId")
    for column in properties:
        if column.name in (fact_id, "event_date") and not column.required:
            role = "factId " if column.name == fact_id else ""
            raise ContractError(
                f"{role}{column.name} must be required: no fact can be kept without"
            )
    columns = tuple(column_of(column, checks) for column in properties)
    require_fitting_columns(columns, checks)
    _require_sealed_apart(columns, checks, {fact_id, _text(of_table, "entityColumn")})
    days = _service_levels(document.slaProperties or [], feed=feed, columns=names)
    description = document.description or Description()
    return Contract(
        feed=feed,
        version=said(document.version, "version"),
        department=said(
            getattr(document.team, "name", None), "team.name (the department that sends the feed)"
        ),
        domain=said(document.domain, "domain"),
        entity=_text(of_table, "entity"),
        entity_column=_existing(_text(of_table, "entityColumn"), names, "entityColumn"),
        fact_id=fact_id,
        columns=columns,
        checks=checks,
        cadence_days=days["frequency"],
        latency_days=days["latency"],
        retention_days=days["retention"],
        granularity=said(
            table.dataGranularityDescription, "dataGranularityDescription (one row is ...)"
        ),
        purpose=said(description.purpose, "description.purpose"),
        limitations=said(description.limitations, "description.limitations (who is missing)"),
        usage=said(description.usage, "description.usage (what it may not be used for)"),
        legal_basis=_text(own, "legalBasis"),
        owner=_text(own, "owner"),
        max_quarantined_share=_share(of_table.get("maxQuarantinedShare", MAX_QUARANTINED_SHARE)),
        optional=_yes_or_no(of_table.get("optional", False), "optional"),
    )


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ContractError(f"{name} is {value!r}, expected true or false")
    return value


def _require_sound_names(names: list[str]) -> None:
    if "event_date" not in names:
        raise ContractError("has no column event_date: every fact says when it happened or began")
    for name in names:
        if names.count(name) > 1:
            raise ContractError(f"column {name} is described twice")
        if name in RESERVED_COLUMNS:
            raise ContractError(f"column {name} is a name the lake uses itself; choose another")


def _require_sealed_apart(
    columns: tuple[Column, ...], checks: tuple[Check, ...], keys: set[str]
) -> None:
    for column in columns:
        if not column.is_sealed:
            continue
        if column.name in keys:
            raise ContractError(
                f"column {column.name} is sealed ({column.identifier}), so rows cannot be told apart by it"
            )
        for check in checks:
            # The library behind the checks quotes cells in its results.
            if column.name in columns_of(check.rule):
                raise ContractError(
                    f"check {check.check_id} looks at column {column.name}, which is sealed"
                    f" ({column.identifier}); only `required` is checked there"
                )


def _compile_checks(
    table: SchemaObject, properties: list[SchemaProperty], names: list[str]
) -> tuple[Check, ...]:
    checks = [compile_check(written, column=None) for written in table.quality or []]
    for column in properties:
        checks += [compile_check(written, column=column.name) for written in column.quality or []]
    for check in checks:
        if sum(other.check_id == check.check_id for other in checks) > 1:
            raise ContractError(
                f"check id {check.check_id} is used twice; a quarantined row points at one check"
            )
        for name in columns_of(check.rule):
            _existing(name, names, f"check {check.check_id}")
    return tuple(checks)


def _service_levels(
    written: list[ServiceLevelAgreementProperty], *, feed: str, columns: list[str]
) -> Mapping[str, int]:
    days: dict[str, int] = {}
    for level in written:
        if level.element:
            table, _, column = level.element.partition(".")
            if table != feed or column not in columns:
                raise ContractError(
                    f"slaProperties {level.property}: element {level.element!r} is not a column of {feed}"
                )
        if level.unit not in _DAYS or not isinstance(level.value, int | float):
            raise ContractError(
                f"slaProperties {level.property}: expected a number of days, weeks or years"
            )
        days[str(level.property)] = round(level.value * _DAYS[level.unit])
    for needed in ("frequency", "latency", "retention"):
        if needed not in days:
            raise ContractError(f"slaProperties lack {needed}{did_you_mean(needed, days)}")
    return days


def _text(own: Mapping[str, object], name: str) -> str:
    value = own.get(name)
    return said(value if isinstance(value, str) else None, f"customProperty {name}")


def _share(value: object) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ContractError(f"maxQuarantinedShare is {value!r}, expected a share between 0 and 1")
    return float(value)


def _existing(name: str, columns: list[str], where: str) -> str:
    if name not in columns:
        raise ContractError(
            f"{where} names column {name!r}, which is not described{did_you_mean(name, columns)}"
        )
    return name
