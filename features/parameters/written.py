"""YAML read so that a message can name the line, and a key written twice is refused, not lost."""

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from features.parameters.errors import ParameterError


class Written(dict[str, Any]):
    """A mapping of a file; ``line`` is where it begins, ``lines`` where each key stands."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class _Loader(yaml.SafeLoader):
    pass


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Written:
    made = Written(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        key: Hashable = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise ParameterError(f"line {line}: key {key!r} is no text; put it in quotes")
        if key in made:
            raise ParameterError(
                f"line {line}: {key} stands here and in line {made.lines[key]}; keep one"
            )
        made[key] = loader.construct_object(value_node, deep=True)
        made.lines[key] = line
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(path: Path) -> Written:
    """Return the mapping a YAML file is.

    Raises:
        ParameterError: no such file, not YAML, no mapping at its top, or a key written twice.
    """
    try:
        # The loader above only adds lines to the safe one.
        found = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read ({error.strerror or error})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ParameterError(f"{path.name}, line {line}: no YAML: {error.problem}") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterError(f"{path.name}: no YAML: {error}") from error
    except ParameterError as error:
        raise ParameterError(f"{path.name}, {error}") from error
    if not isinstance(found, Written):
        raise ParameterError(f"{path}: expected keys and values at its top, found none")
    return found


def check_keys(
    written: Written, *, where: str, required: Iterable[str], optional: Iterable[str] = ()
) -> None:
    """Refuse a mapping with a key too many or too few.

    Raises:
        ParameterError: naming the place, the line and the keys.
    """
    required, optional = tuple(required), tuple(optional)
    for key, line in written.lines.items():
        if key not in required + optional:
            allowed = ", ".join(dict.fromkeys((*required, *optional)))
            raise ParameterError(f"{where}, line {line}: unknown key {key!r}; there are {allowed}")
    for key in required:
        if key not in written:
            raise ParameterError(f"{where}, line {written.line}: {key} is missing")
