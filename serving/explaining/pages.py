"""The explained rules of a household on a terminal, as a page to print, and as JSON."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from serving.canonical import Json, canonical_json
from serving.delivery.files.pages import render


def to_json(content: Mapping[str, Json]) -> str:
    """Return the content as canonical JSON."""
    return canonical_json(dict(content)).decode()


def to_html(content: Mapping[str, Json]) -> str:
    """Return a page to print on A4; it loads nothing and runs nothing."""
    return render("explain.html", content=content).decode()


def print_text(content: Mapping[str, Json], console: Console) -> None:
    """Print a table of the answers, then every rule with its comparisons."""
    console.print(
        f"家庭 {content['household_id']}，{content['as_of_date']} 夜间（数据截至 {content['data_until']}），"
        f"地区 {content['region']}",
        soft_wrap=True, markup=False,
    )  # fmt: skip
    console.print(str(content["purpose"]), soft_wrap=True, markup=False)
    rules = [_object(one) for one in _items(content["rules"])]
    table = Table(title="各项政策", title_justify="left")
    for name in ("政策", "答案", "距离", "还缺什么"):
        table.add_column(name, overflow="fold")
    for rule in rules:
        distance = rule["distance"]
        table.add_row(
            str(rule["title"]),
            str(_object(rule["answer"])["word"]),
            "" if distance is None else str(_object(distance)["text"]),
            "\n".join(str(_object(one)["text"]) for one in _items(rule["missing"])),
        )
    console.print(table)
    for rule in rules:
        console.print(_tree(rule))
    console.print("经办须知", style="bold")
    for duty in map(_object, _items(content["duties"])):
        console.print(f"  {duty['text']}（{duty['document']}）", soft_wrap=True, markup=False)


def _tree(rule: Mapping[str, Json]) -> Tree:
    title = Text(f"{rule['title']}：{_object(rule['answer'])['word']}", style="bold")
    title.append(f"（{'；'.join(map(str, _items(rule['documents'])))}）", style="not bold")
    tree = Tree(title)
    if rule["test"] is None:
        tree.add(Text(f"{rule['since']} 起施行，当时尚未施行"))
    else:
        _add(tree, _object(rule["test"]))
    for clock in map(_object, _items(rule["clocks"])):
        tree.add(Text(f"期限：{clock['text']}"))
    return tree


def _add(tree: Tree, step: Mapping[str, Json]) -> None:
    result = str(_object(step["result"])["word"])
    if "parts" in step:
        branch = tree.add(Text(f"{step['word']} → {result}"))
        for part in map(_object, _items(step["parts"])):
            _add(branch, part)
        return
    line = _object(step["line"])
    told = (step["label"], step["has"], step["operator"], line["label"], line["text"], "→", result)
    branch = tree.add(Text(" ".join(str(word) for word in told if word)))
    for fact in map(_object, _items(step["facts"])):
        ask = f"（问：{fact['ask']}）" if fact["ask"] else ""
        branch.add(Text(f"{fact['label']}：{fact['text']}{ask}", style="dim"))
    for figure in map(_object, _items(step["parameters"])):
        branch.add(Text(str(figure["text"]), style="dim"))


def _items(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"expected an array in an explanation, found {type(value).__name__}")
    return value


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object in an explanation, found {type(value).__name__}")
    return value
