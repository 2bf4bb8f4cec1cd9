"""GET /pages/figures: from listing to help and where it stops, where nobody goes, and who has more than can be done."""

from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.access.places import names_of_places
from serving.access.roles import Right, role_table
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, StoreDep, ZoneDep
from serving.api.problems import require
from serving.lists.list_policy import load_list_policy
from serving.pages import figures_page
from serving.pages.rendering import render
from serving.pages.session import PREFIX
from serving.store.scopes import WHOLE
from serving.supervision.coverage import coverage
from serving.supervision.figures import TABLES, figures
from serving.supervision.never_scored import never_scored
from serving.supervision.trigger_titles import trigger_titles
from serving.supervision.waiting import waiting
from serving.supervision.workload import workload

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_MONTHS_SHOWN = 6


@router.get("/figures")
def get_figures(
    request: Request,
    caller: CallerDep,
    audited: AuditedDep,
    store: StoreDep,
    clock: ClockDep,
    zone: ZoneDep,
    month: date | None = None,
) -> Response:
    """Return a month from alert to help, and how things stand now, in the caller's part of the district."""
    require(caller.may(Right.AGGREGATES))
    now = clock()
    today = now.astimezone(zone).date()
    first = (month or today).replace(day=1)
    scope = caller.paths_with(Right.AGGREGATES)
    audited.report("figures_page", month=first.isoformat())
    with store.read(WHOLE) as read:
        found = figures(read, scope=scope, month=first)
        places = names_of_places(read)
        titles = trigger_titles(read, scope=scope, month=first)
        shown_map = figures_page.map_of(
            coverage(read, scope=scope, month=first),
            names=places,
            geometry=request.app.state.grid_geometry,
        )
        open_cases = waiting(read, scope=scope, now=now)
        unscored = never_scored(read, scope=scope)
        work = workload(read, scope=scope, until=today + timedelta(days=1))
    everything = found.tables["all"][0]
    policy = load_list_policy(request.app.state.list_policy, as_of_date=today)
    bands = [style.code for style in policy.bands]
    return render(
        request,
        "figures.html",
        {
            "months": _months_before(today.replace(day=1)),
            "shown": first.isoformat(),
            "funnel": figures_page.funnel(everything),
            "of_need": figures_page.outcomes_of_need(everything),
            "days": figures_page.days_to_visit(found.tables["days"]),
            "medians": figures_page.most_pressing_first(found.days_to_visit, bands=bands),
            "tables": {name: found.tables[name] for name in TABLES},
            "map": shown_map,
            "steps": figures_page.STEPS,
            "waiting": open_cases.tables,
            "today": today.isoformat(),
            "never_scored": unscored,
            "work": work,
            "work_until": (work.until - timedelta(days=1)).isoformat(),
            "titles": {
                "place": places,
                "trigger": titles,
                "role": {role.value: rule.title for role, rule in role_table().roles.items()},
            },
        },
    )


def _months_before(first: date) -> list[str]:
    """Return the first days of the last months, the latest first."""
    months = [first]
    for _ in range(_MONTHS_SHOWN - 1):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return [month.isoformat() for month in months]
