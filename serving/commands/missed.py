"""``zhaoren missed``: of those in need who came by other channels, what the engine had made of them."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from serving.commands.edge import Edge
from serving.refusals import ExitCode

_CHANNELS = {
    "field": "走访中发现",
    "hotline": "热线",
    "mandatory_report": "强制报告",
    "self_application": "主动申请",
}
_FATES = {
    "listed": "曾列入名单",
    "escalated": "已上交上级",
    "suppressed": "有意未列",
    "below_the_line": "排名靠后",
    "never_scored": "从未评估",
    "unknown": "无法判断",
}


def missed(
    context: typer.Context,
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day they came on.")
    ],
    last: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day they came on.")
    ],
) -> int:
    """Review confirmed need that came by other channels: listed before, or why not. No household is named.

    They are no sample of everybody in need: shares say where to look, not how many are missed.
    """
    from serving.channels.missed import missed as review

    edge: Edge = context.obj
    with edge.store() as store, store.read() as read:
        found = review(read, home=edge.settings.home, first=first.date(), last=last.date())
    table = Table(
        title=f"{found.first} 至 {found.last} 由其他渠道发现的困难家庭", title_justify="left"
    )
    for name in ("渠道", "此前系统", "原因"):
        table.add_column(name, overflow="fold")
    for name in ("户数", "占比（95%区间）"):
        table.add_column(name, justify="right")
    for one in found.shares:
        share = one.interval
        table.add_row(
            _CHANNELS[one.channel],
            _FATES[one.fate],
            one.why,
            f"{one.households}/{found.of[one.channel]}",
            f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]",
        )
    edge.out.print(table)
    edge.out.print(
        f"尚未核实：{found.unconfirmed} 件；尚不知是哪一户（未建档）：{found.unknown} 件。",
        markup=False,
    )
    return int(ExitCode.OK)
