"""``zhaoren sla``: how the clocks of cases were kept, by street and class."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode

_WORDS = {"urgent": "紧急", "red": "红", "normal": "一般"}


def sla(
    context: typer.Context,
    as_of_date: Annotated[
        datetime,
        typer.Option(
            "--as-of-date", formats=["%Y-%m-%d"], help="As known at the start of this day."
        ),
    ],
    days: Annotated[int, typer.Option(min=1, help="Cases opened in so many days before it.")] = 90,
) -> int:
    """Report how fast somebody was there, by street and class of clock. Never by worker.

    Hours count from the morning of the list to the first contact; those not yet contacted count as
    never, so a dash means that not even that share has been.
    """
    from serving.cases.sla import sla as kept_clocks
    from serving.cases.sla import street_names

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        found = kept_clocks(read, as_of_date=as_of_date.date(), days=days, zone=edge.settings.zone)
        names = street_names(read, (one.street_id for one in found))
    table = Table(
        title=f"时限执行情况（{as_of_date.date()} 前 {days} 天内列出的家庭）", title_justify="left"
    )
    table.add_column("街道", overflow="fold", min_width=8)
    table.add_column("时限")
    for name in ("户数", "按时", "逾期", "未到期", "中位", "九成", "现逾期", "待定"):
        table.add_column(name, justify="right")
    for one in found:
        table.add_row(
            names.get(one.street_id, one.street_id),
            _WORDS[one.clock],
            *map(str, (one.opened, one.in_time, one.late, one.pending)),
            _hours(one.median_hours),
            _hours(one.p90_hours),
            *map(str, (one.overdue, one.provisional)),
        )
    edge.out.print(table)
    edge.out.print(
        "按时、逾期：第一次见到人的时间对照立案时限；中位、九成：小时；待定：期限等日历公布。"
    )
    if not found:
        edge.out.print("这段时间没有列出任何家庭。")
    return int(ExitCode.OK)


def _hours(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"
