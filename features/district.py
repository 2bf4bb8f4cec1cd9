"""The deployment a Chinese district bureau starts from: twenty feeds, grids, the relief ladder."""

from importlib.resources import files
from pathlib import Path

from features import households
from features.deployment import Deployment

DISTRICT = Deployment(
    name="district",
    region="default",
    contracts_folder=Path(str(files("data_contracts") / "contracts")),
    groups_package="features.groups",
    cohort=households.cohort,
    links=households.links,
    area=households.area,
    triggers=Path(str(files("features") / "parameters" / "triggers.yaml")),
    covered_by="benefit_is_covered",
    need_known_by="contact_need_is_known",
)
