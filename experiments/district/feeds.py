"""The shape of every feed a simulated department delivers: columns, format, encoding, lag.

The columns and enum values are the promise of ``data_contracts/contracts``; here they say how
an array of numbers inside the simulation becomes a cell in a department's file.
"""

from types import MappingProxyType

from experiments.district.shapes import Cell, Feed, Format, Kind


def _id(name: str, prefix: str) -> Cell:
    return Cell(name, Kind.ID, prefix=prefix)


def _enum(name: str, values: str) -> Cell:
    return Cell(name, Kind.ENUM, values=tuple(values.split()))


def _date(name: str) -> Cell:
    return Cell(name, Kind.DATE)


def _number(name: str) -> Cell:
    return Cell(name, Kind.NUMBER)


def _integer(name: str) -> Cell:
    return Cell(name, Kind.INTEGER)


PERSON_IDS, NAMES, PHONES = "national_id", "name", "phone"
ACCOUNTS, FAMILY_ACCOUNTS, HOLDERS, HOLDER_PHONES = (
    "account",
    "family_account",
    "holder",
    "holder_phone",
)
ADDRESSES, COMPOUNDS, DOORPLATES, ADDRESS_TEXTS = "address", "compound", "doorplate", "text"
"""What lookup cells are looked up in; see ``lookups.py``."""


def _lookup(name: str, source: str) -> Cell:
    return Cell(name, Kind.LOOKUP, source=source)


PERSON = _lookup("person_id", PERSON_IDS)
HOUSEHOLD = _id("household_id", "h")
ADDRESS = _lookup("address_id", ADDRESSES)
GRID = _id("grid_id", "g")
ACCOUNT = _lookup("account_id", ACCOUNTS)
EVENT_DATE = _date("event_date")
VALID_TO = _date("valid_to")
SERVICES = "power water gas heating"
SCHEMES = (
    "dibao tekun dibao_edge rigid_expense temporary_aid disability_living disability_nursing"
    " old_age_allowance orphan"
)
COVERING_SCHEMES = ("dibao", "tekun", "dibao_edge", "rigid_expense", "temporary_aid")
SERVICE = _enum("service", SERVICES)
TICKET_CATEGORIES = (
    "income_help medical_cost elder_care disability school wages housing_repair utilities"
    " neighbours environment other"
)


def _feed(
    name: str,
    prefix: str,
    fact_id: str,
    *cells: Cell,
    form: Format = Format.CSV,
    lag_days: int,
    encoding: str = "utf-8",
) -> Feed:
    """``prefix`` begins the fact ids; where the fact is an account, they are its numbers."""
    first = ACCOUNT if fact_id == ACCOUNT.name else _id(fact_id, prefix)
    return Feed(name, (first, *cells), form, lag_days, encoding)


_ALL = (
    _feed(
        "residents", "rs", "residence_id",
        PERSON, HOUSEHOLD, ADDRESS, _lookup("name", NAMES), _lookup("phone", PHONES),
        EVENT_DATE, VALID_TO, _date("birth_date"),
        _enum("sex", "male female"),
        _enum("relation", "head spouse child parent grandchild other"),
        _enum("marital_status", "never married divorced widowed"),
        _enum("hukou", "here same_district elsewhere"),
        lag_days=4, encoding="utf-8-sig",
    ),
    _feed(
        "life_events", "le", "event_id",
        PERSON, _lookup("other_person_id", PERSON_IDS), EVENT_DATE,
        _enum("kind", "birth death marriage divorce move_in move_out"),
        form=Format.JSONL, lag_days=6,
    ),
    _feed(
        "addresses", "a", "address_id",
        GRID, _lookup("compound_id", COMPOUNDS), _lookup("address_text", DOORPLATES), EVENT_DATE,
        _integer("built_year"),
        lag_days=5, encoding="gb18030",
    ),
    _feed(
        "grid_tree", "gv", "grid_version_id",
        GRID, Cell("grid_name", Kind.TEXT), _id("community_id", "c"),
        Cell("community_name", Kind.TEXT), _id("street_id", "s"), Cell("street_name", Kind.TEXT),
        _id("district_id", "d"), _enum("setting", "urban rural"), EVENT_DATE, VALID_TO,
        lag_days=1,
    ),
    _feed(
        "staff_capacity", "sc", "capacity_id",
        GRID, _enum("role", "grid_worker street_officer social_worker volunteer"),
        _id("worker_id", "w"), EVENT_DATE, _date("first_day"), VALID_TO,
        _integer("visits_per_list"),
        lag_days=1,
    ),
    _feed(
        "medical_settlements", "ms", "settlement_id",
        PERSON, EVENT_DATE,
        _enum("care_kind", "outpatient inpatient pharmacy chronic_clinic"),
        _enum("diagnosis_group", "general chronic major mental maternity injury"),
        _integer("hospital_days"), _number("total_amount"), _number("insurer_paid"),
        _number("aid_paid"), _number("self_paid"),
        form=Format.PARQUET, lag_days=5,
    ),
    _feed(
        "medical_insurance", "mi", "insurance_id",
        PERSON, _lookup("family_account_id", FAMILY_ACCOUNTS), EVENT_DATE, VALID_TO,
        _enum("scheme", "employee resident none"),
        _integer("arrears_months"),
        lag_days=8,
    ),
    _feed(
        "utility_accounts", "u", "account_id",
        SERVICE, _lookup("holder_name", HOLDERS), _lookup("holder_phone", HOLDER_PHONES),
        _lookup("address_text", ADDRESS_TEXTS), EVENT_DATE, VALID_TO,
        Cell("subsidised", Kind.FLAG),
        lag_days=10, encoding="gb18030",
    ),
    _feed(
        "utility_bills", "ub", "bill_id",
        ACCOUNT, SERVICE, EVENT_DATE, _number("usage"), _number("amount_due"),
        _number("subsidy_amount"), _date("due_date"), _date("paid_on"),
        form=Format.PARQUET, lag_days=10,
    ),
    _feed(
        "utility_interruptions", "ui", "interruption_id",
        ACCOUNT, SERVICE, EVENT_DATE, _date("restored_on"), _enum("reason", "arrears safety fault"),
        form=Format.JSONL, lag_days=12,
    ),
    _feed(
        "housing_tenure", "ht", "tenure_id",
        PERSON, ADDRESS, EVENT_DATE, VALID_TO,
        _enum("tenure", "owned public_rental private_rental dormitory free"),
        _number("floor_area"), _number("monthly_rent"),
        lag_days=14,
    ),
    _feed(
        "public_rent_ledger", "pl", "ledger_id",
        ADDRESS, EVENT_DATE, _number("rent_due"), _number("rent_paid"), _date("paid_on"),
        lag_days=14,
    ),
    _feed(
        "housing_danger", "hd", "assessment_id",
        ADDRESS, EVENT_DATE, VALID_TO, _enum("grade", "A B C D"),
        form=Format.XLSX, lag_days=20,
    ),
    _feed(
        "social_insurance", "si", "contribution_id",
        PERSON, EVENT_DATE, _number("wage_base"), _enum("kind", "employed flexible"),
        form=Format.PARQUET, lag_days=18,
    ),
    _feed(
        "unemployment_benefit", "uc", "claim_id",
        PERSON, EVENT_DATE, VALID_TO, _number("monthly_amount"),
        form=Format.JSONL, lag_days=18,
    ),
    _feed(
        "pensions", "pn", "pension_id",
        PERSON, EVENT_DATE, VALID_TO, _enum("kind", "employee resident"),
        _number("monthly_amount"),
        lag_days=16,
    ),
    _feed(
        "benefits", "bf", "benefit_id",
        PERSON, EVENT_DATE, VALID_TO, _enum("scheme", SCHEMES), _number("monthly_amount"),
        _integer("members_covered"),
        lag_days=3, encoding="gbk",
    ),
    _feed(
        "applications", "ap", "application_id",
        PERSON, EVENT_DATE, _enum("scheme", SCHEMES),
        _enum("decision", "pending approved refused withdrawn"), _date("decided_on"),
        _enum("refusal_reason", "income assets papers not_resident other"),
        lag_days=3, encoding="gbk",
    ),
    _feed(
        "visits", "vi", "visit_id",
        HOUSEHOLD, EVENT_DATE,
        _enum("channel", "routine_random cadence trigger list self_report"),
        _number("propensity"),
        _enum(
            "finding",
            "need_aid_started need_no_entitlement already_met no_need refused not_found unsafe",
        ),
        Cell("needs", Kind.TEXT),
        _enum("worker_role", "grid_worker street_officer social_worker"),
        lag_days=3, encoding="gbk",
    ),
    _feed(
        "disability_certificates", "dc", "certificate_id",
        PERSON, EVENT_DATE, VALID_TO,
        _enum("kind", "physical sight hearing speech intellectual mental multiple"),
        _integer("grade"),
        lag_days=25,
    ),
    _feed(
        "education", "ed", "enrolment_id",
        PERSON, _lookup("guardian_id", PERSON_IDS), ADDRESS,
        _enum("stage", "kindergarten primary junior senior tertiary"), _id("school_id", "sch"),
        _number("fee_due"), _number("fee_paid"), _number("aid_amount"), EVENT_DATE, VALID_TO,
        _enum("leaving_reason", "graduated moved dropped_out"),
        lag_days=12, encoding="gbk",
    ),
    _feed(
        "property_holdings", "ph", "holding_id",
        PERSON, EVENT_DATE, VALID_TO, _integer("properties"),
        form=Format.PARQUET, lag_days=15,
    ),
    _feed(
        "tickets", "tk", "ticket_id",
        PERSON, ADDRESS, _enum("category", TICKET_CATEGORIES), EVENT_DATE, _date("closed_on"),
        form=Format.JSONL, lag_days=2,
    ),
    _feed(
        "asset_checks", "ac", "check_id",
        PERSON, _id("authorisation_id", "au"),
        _enum("result", "within_limit above_limit not_answered"),
        _number("household_income_month"), _number("household_monetary_assets"),
        _integer("household_homes"), _integer("household_cars"),
        _number("household_business_capital"), _number("household_spending_year"),
        _integer("able_supporters"), EVENT_DATE,
        form=Format.XLSX, lag_days=9,
    ),
)  # fmt: skip

FEEDS = MappingProxyType({feed.name: feed for feed in _ALL})
"""Every feed by name."""
