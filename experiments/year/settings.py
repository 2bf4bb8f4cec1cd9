"""What a replayed year is made of: world, calendar, capacity, patience, exploration."""

from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, Field, model_validator

from experiments.district.config import DistrictConfig, VisitRates
from experiments.district.months import Month, calendar, calendar_day

Share = float


class YearSettings(BaseModel):
    """One replay. The same settings give the same numbers.

    ``months`` are replayed; ``history_months`` are recorded before, while the bureau still went out on
    its own. ``step_days`` lie between two lists. ``visits_per_1000`` is the capacity per 1,000 households
    and list. ``again_after_days`` is how long a household that answered the door is left in peace unless
    a new acute sign appears (then ``again_if_worse_days``); ``unreached_days`` the same after a visit
    that reached nobody, and after ``most_tries`` of these the household is closed as unreachable.
    Exploration shares and ``urgent_share`` are of the capacity; the urgent lane takes at most that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    households: int = Field(default=10_000, ge=200)
    months: int = Field(default=24, ge=2)
    history_months: int = Field(default=18, ge=8)
    label_months: int = Field(default=12, ge=2)
    step_days: int = Field(default=14, ge=1)
    visits_per_1000: float = Field(default=8.0, gt=0)
    again_after_days: int = Field(default=180, ge=0)
    again_if_worse_days: int = Field(default=30, ge=0)
    unreached_days: int = Field(default=7, ge=0)
    most_tries: int = Field(default=4, ge=1)
    random_share: Share = Field(default=0.05, ge=0, le=0.5)
    uncertain_share: Share = Field(default=0.03, ge=0, le=0.5)
    urgent_share: Share = Field(default=0.3, ge=0, le=1)
    retrain_every: int = Field(default=4, ge=1, description="lists between two trainings")
    report_days: int = Field(default=14, ge=1, description="days until a finding is in the books")

    @model_validator(mode="after")
    def _learned_from_what_is_recorded(self) -> "YearSettings":
        if self.label_months > self.history_months:
            raise ValueError(
                f"label_months {self.label_months} reach further back than the {self.history_months} months recorded"
                " before the replay: take fewer, or record more"
            )
        return self

    def district(self, seed: int) -> DistrictConfig:
        """Return the world of one seed: staff stop going out on their own when the replay begins."""
        return DistrictConfig(
            households=self.households,
            months=self.history_months + self.months,
            seed=seed,
            visits=VisitRates(own_rounds_end=self.history_months),
        )

    def recorded(self, seed: int = 0) -> list[Month]:
        """Return the recorded months of the world, history first."""
        world = self.district(seed)
        return [
            month
            for month in calendar(world.last_year, world.last_month, world.months, 0)
            if month.index >= 0
        ]

    @property
    def begins(self) -> date:
        """The first day of the replay."""
        return calendar_day(self.recorded()[self.history_months].first)

    @property
    def ends(self) -> date:
        """The day after the last of the replay."""
        return calendar_day(self.recorded()[-1].after)

    @property
    def list_dates(self) -> list[date]:
        """The days a list is drawn up, ``step_days`` apart; the last one has a whole step to go."""
        span = (self.ends - self.begins).days // self.step_days
        return [self.begins + timedelta(days=step * self.step_days) for step in range(span)]

    @property
    def label_dates(self) -> list[date]:
        """First days of the months before the replay whose visits are learned from at the start."""
        months = self.recorded()[self.history_months - self.label_months : self.history_months]
        return [calendar_day(month.first) for month in months]

    def capacity(self, households: int) -> int:
        """Return the visits of one list for so many households."""
        return max(1, round(self.visits_per_1000 * households / 1000))
