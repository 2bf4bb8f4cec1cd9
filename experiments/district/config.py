"""What a simulated district is made of: size, calendar, rates (each with its source), dirt.

``Published`` holds numbers somebody else measured or legislated; ``Mechanism`` holds the knobs
that were turned until the district came out as hard as the published yields say the world is.
docs/simulated_district.md states both, and what the district is not evidence of.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from experiments.district.noise import AccountNoise, RegisterNoise

Share = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Published(_Frozen):
    """Rates and amounts with a published source (amounts in yuan)."""

    dibao_standard: float = Field(
        1115, description="per person and month; Wuxi from 2024-07-01, wuxi/yixing.gov.cn"
    )
    dibao_standard_later: float = Field(
        1167, description="same from 2025-07-01, Wuxi 锡政发〔2025〕8号"
    )
    edge_multiple: float = Field(
        1.5, description="低边 line over 低保 standard, 民发〔2021〕57号 art. 8, 国办发〔2023〕39号"
    )
    disposable_income_year: float = Field(
        41_314, description="national per-capita disposable income 2024, NBS"
    )
    rigid_ratio: Share = Field(
        0.60, description="刚性支出: necessary spending over income, Shenzhen (Pingshan) 60 %"
    )
    rigid_months: int = Field(
        12, description="刚性支出 status, 认定办法 2024 art. 10: <= 12 months"
    )
    temporary_aid_months: float = Field(
        3.0, description="急难型 aid in months of 低保 standard per person, Shenzhen 2022: 2-3"
    )
    decision_days: int = Field(
        42, description="57号 art. 22: 30 working days, about 42 calendar days"
    )
    resident_pension: float = Field(
        246, description="mean 城乡居民 pension a month 2024, 人社部 (published figure)"
    )
    employee_pension: float = Field(
        3300, description="mean employee pension a month, 人社部 (published figure)"
    )
    old_age_80: float = Field(60, description="高龄津贴 80-89, Ningbo from 2023-01-01")
    old_age_90: float = Field(100, description="高龄津贴 90-99, Ningbo from 2023-01-01")
    old_age_100: float = Field(800, description="高龄津贴 100+, Ningbo")
    dibao_people_share: Share = Field(
        0.023, description="target: people on 低保, published figure named in the design"
    )
    turnover_in: float = Field(
        0.25, description="target: entries in five months over stock, published figure"
    )
    turnover_out: float = Field(
        0.30, description="target: exits in five months over stock, published figure"
    )
    arrears_signals: tuple[float, float] = Field(
        (3.3, 4.0),
        description="target: per 1,000 residents a month, Divosa Monitor Vroegsignalering"
        " 2023 (3.3 in 2022, 4.0 in 2023)",
    )
    any_hardship: Share = Field(
        0.046,
        description="target: households with any of seven hardships in a year; the"
        " items are those of the Korea Welfare Panel (KIHASA report 2018-38, chapter 8.2)",
    )
    arrears_hardship: Share = Field(
        0.021,
        description="target: households with arrears or cut-off they could not avoid;"
        " the panel of 2018 adds up to 2.0 % (rent 0.40, bills 1.53, cut-off 0.10)",
    )
    household_size: float = Field(2.62, description="seventh census 2020, NBS")


class Mechanism(_Frozen):
    """Knobs of the latent world: calibrated here, published by nobody."""

    line_over_standard: float = Field(0.90, description="hardship line over 低保 standard")
    recovery_margin: float = Field(0.12, description="surplus over the line that ends a spell")
    savings_months: float = Field(5.0, description="median buffer in months of necessary spending")
    savings_spread: float = Field(1.7, description="log standard deviation of the buffer")
    informal_share: Share = Field(0.30, description="workers whose wage no register sees")
    side_income_share: Share = Field(0.30, description="households with unrecorded income")
    side_income_if_poor: Share = Field(0.42, description="added where the recorded income is low")
    family_support_share: Share = Field(0.86, description="low-pension elders supported by kin")
    pays_bills_first: Share = Field(0.65, description="struggling families who cut food instead")
    most_thrift: Share = Field(0.62, description="most a struggling family cuts of its use")
    away_month: Share = Field(0.02, description="households away for part of a month")
    care_sought: Share = Field(0.55, description="of usual care, by families in hardship")
    skips_bill: Share = Field(0.078, description="monthly, per service, of the other families")
    forgetful_share: Share = Field(0.081, description="households that forget bills")
    forgets_bill: Share = Field(0.075, description="monthly, per service, of forgetful households")
    never_applies: Share = Field(0.30, description="families who never ask for help")
    private_debt_month: Share = Field(0.0029, description="private debt or failed business")
    unpaid_wages_month: Share = Field(
        0.0080, description="employers who pay contributions, not wages"
    )
    job_loss_month: Share = Field(0.010, description="formal jobs ending, most changed for another")
    informal_loss_month: Share = Field(0.035, description="informal work drying up")
    major_illness_scale: float = Field(2.4, description="multiplies incidence by age")
    bound_hands: Share = Field(
        0.25, description="of these chances where nobody is free to work more"
    )
    coping_month: Share = Field(
        0.085, description="a family in hardship finds hidden income or kin"
    )
    coping_if_covered: float = Field(1.35, description="times that, with 就业救助 and the like")
    side_income_loss_month: Share = Field(0.0125, description="hidden income drying up")
    idle_apply_month: Share = Field(0.0014, description="families in no need who ask anyway")
    apply_month: Share = Field(0.160, description="monthly hazard of asking when in hardship")
    near_line_apply_month: Share = Field(0.012, description="same when near the line")
    exit_recovered_month: Share = Field(0.24, description="benefit ends after recovery")
    exit_in_need_month: Share = Field(0.008, description="benefit ends though need goes on")


class Dirt(_Frozen):
    """What departments do to data. Shares of rows unless said."""

    late_row: Share = Field(0.015, description="rows delivered the month after")
    duplicate_row: Share = 0.0006
    mistyped_row: Share = Field(0.002, description="below the 2 % a gate tolerates")
    retyped: Share = Field(0.7, description="mistyped rows sent again, right, a month later")
    corrected_amount: Share = Field(0.003, description="medical amounts corrected a month later")
    silent_feed: str = Field("social_insurance", description="silent for one month")
    silent_month: int = Field(9, description="which recorded month it is silent, from 0")
    prompt: bool = Field(
        False, description="deliveries come on the first day after the month, but for bills"
    )
    resent: tuple[str, int] = Field(("pensions", 4), description="file sent twice: feed, month")
    danger_begins: int = Field(6, description="first recorded month of housing_danger")
    water_cuts_begin: int = Field(6, description="first recorded month of water interruptions")


class Means(_Frozen):
    """What families own and who could support them: read by the rules, of no effect on hardship."""

    rural_communities: Share = Field(
        0.20, description="communities that count as country; plausible for the edge of a city"
    )
    cars: Share = Field(
        0.45, description="households with a car, more where skilled; 49.7 per 100 (NBS 2023)"
    )
    businesses: Share = Field(0.05, description="households with capital subscribed; plausible")
    capital: float = Field(100_000, description="median of that capital in yuan; plausible")
    supports_from: float = Field(
        200, description="kin who give as much a month in yuan count as able to support; plausible"
    )


class Checks(_Frozen):
    """What authorised checks are told. Shares of checks unless said; all plausible, none published."""

    income_untold: Share = Field(0.04, description="no answer on income")
    money_untold: Share = Field(0.10, description="no answer of some bank or insurer")
    homes_untold: Share = Field(0.02, description="no answer on homes")
    cars_untold: Share = Field(0.02, description="no answer on cars")
    capital_untold: Share = Field(0.06, description="no answer on businesses")
    spending_untold: Share = Field(0.20, description="spending not asked for")
    kin_untold: Share = Field(0.45, description="relatives who did not consent, or were not asked")
    side_income_found: Share = Field(0.40, description="of families with it: side income is found")
    support_found: Share = Field(0.60, description="of families with it: help of kin is found")
    of_everybody: bool = Field(
        False, description="each household every quarter, whether or not it applied"
    )


class VisitRates(_Frozen):
    """How often whom is visited (shares of households a month)."""

    routine_random: Share = 0.010
    trigger: Share = 0.007
    self_report: Share = Field(0.045, description="of families in hidden hardship")
    self_report_idle: Share = Field(0.0020, description="of all others")
    cadence_covered: Share = 0.08
    refused: Share = 0.06
    not_found: Share = 0.09
    unsafe: Share = 0.003
    sees_need: Share = Field(0.86, description="need found when there is need")
    imagines_need: Share = Field(0.012, description="need found when there is none")
    imagines_near_line: Share = Field(0.08, description="same, near the line")
    referral: Share = Field(0.85, description="of unentitled need: work, charity or debt relief")
    aid_after_visit: Share = Field(0.85, description="entitled families whose aid then starts")
    own_rounds_end: int | None = Field(
        None,
        description="recorded month from which staff only go where somebody called; None: never",
    )


class DistrictConfig(_Frozen):
    """One simulated district. The same configuration gives the same bytes."""

    households: int = Field(ge=200)
    months: int = Field(ge=2, le=120)
    seed: int = Field(ge=0)
    last_year: int = 2026
    last_month: int = Field(6, ge=1, le=12)
    burn_in_months: int = Field(24, ge=0)
    published: Published = Published()
    mechanism: Mechanism = Mechanism()
    dirt: Dirt = Dirt()
    means: Means = Means()
    checks: Checks = Checks()
    visits: VisitRates = VisitRates()
    register_noise: RegisterNoise = RegisterNoise()
    account_noise: AccountNoise = AccountNoise()


NEVER = -(10**6)
"""A recorded month that never comes."""


def without_dirt(config: DistrictConfig) -> DistrictConfig:
    """Return the same life with registers that equal it, nothing late, and everybody checked each quarter.

    Life takes the same course to the byte; only what departments write down differs.
    """
    nothing_wrong = dict.fromkeys(RegisterNoise.model_fields, 0.0) | {"moves_in_time": 1.0}
    exact = dict.fromkeys(AccountNoise.model_fields, 0.0)
    kept = ("transferred", "phone", "phone_of_holder", "spouse_holds")
    told = {name: getattr(config.account_noise, name) for name in kept} | {"transferred": 1.0}
    untold = {name: 0.0 for name in Checks.model_fields if name.endswith("_untold")}
    return config.model_copy(
        update={
            "dirt": Dirt(
                late_row=0, duplicate_row=0, mistyped_row=0, retyped=0, corrected_amount=0,
                silent_month=NEVER, resent=("pensions", NEVER), danger_begins=0,
                water_cuts_begin=0, prompt=True,
            ),
            "checks": Checks(**untold, side_income_found=1, support_found=1, of_everybody=True),
            "register_noise": RegisterNoise(**nothing_wrong),
            "account_noise": AccountNoise(**(exact | told)),
        }
    )  # fmt: skip
