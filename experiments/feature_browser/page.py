"""The catalogue as one page: search and filters where scripts run, everything readable where they do not.

It loads nothing: style and script are inside, and the page forbids itself the network.
"""

from collections.abc import Sequence
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from features.declared import Declared, declared
from features.deployment import Deployment
from features.registry import PURPOSES

_CLASSES = {"S1": "S1 open", "S2": "S2 personal", "S3": "S3 sensitive"}


def catalogue_page(deployment: Deployment) -> str:
    """Return the page of a deployment."""
    everything = list(declared(deployment))
    groups = [
        {
            "name": group.name,
            "title": group.title,
            "module": group.build.__module__,
            "features": [one for one in everything if one.group == group.name],
        }
        for group in deployment.groups
    ]
    return _template().render(
        deployment=deployment.name,
        features=everything,
        groups=groups,
        purposes=PURPOSES,
        filters=_filters(deployment, everything),
    )


def _filters(
    deployment: Deployment, everything: Sequence[Declared]
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    departments = dict.fromkeys(name for one in everything for name in one.departments)
    return [
        ("group", "group", [(group.name, group.title) for group in deployment.groups]),
        ("department", "department", [(name, name) for name in departments]),
        ("sensitivity", "class", [(name, _CLASSES[name]) for name in sorted(_CLASSES)]),
        ("purpose", "purpose", [(name, name) for name in PURPOSES]),
        ("missing", "no fact means", [("zero", "zero"), ("unknown", "unknown")]),
        (
            "direction",
            "direction",
            [
                (name, name)
                for name in dict.fromkeys(one.direction or "not known" for one in everything)
            ],
        ),
    ]


def _template() -> Template:
    text = (files("experiments.feature_browser") / "page.html").read_text(encoding="utf-8")
    pages = Environment(
        loader=DictLoader({"page.html": text}), autoescape=True, undefined=StrictUndefined
    )
    return pages.get_template("page.html")
