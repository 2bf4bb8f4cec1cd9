"""Fitted models back from their texts. Parsing may crash or hang on a hostile text: do it in a child process."""

import json
from collections.abc import Mapping

from models.encoding import Encoding
from models.learners.additive import AdditiveModel
from models.learners.learned import Learned
from models.learners.mixed import FILE, Mixed, Tried

ADDITIVE = ("scorecard", "logistic")


def read_model(
    kind: str, encoding: Encoding, texts: Mapping[str, str], *, num_threads: int = 1
) -> Learned:
    """Return the model that :meth:`models.learners.learned.Learned.texts` wrote.

    Args:
        kind: of the model.
        encoding: its inputs.
        texts: by file name.
        num_threads: of trees.

    Raises:
        ValueError, KeyError, TypeError: the texts are not a model of this kind.
    """
    if kind == "lightgbm":
        # Imported here: a process that scores with a page of points needs no LightGBM.
        from models.learners.trees import LearnedModel

        return LearnedModel(encoding, tuple(texts.values()), (), num_threads)
    if kind in ADDITIVE:
        return AdditiveModel.read(kind, encoding, texts)
    if kind == "mixed":
        return _read_mixed(texts, num_threads=num_threads)
    raise ValueError(f"no learner {kind!r}; there are lightgbm, {', '.join(ADDITIVE)} and mixed")


def _read_mixed(texts: Mapping[str, str], *, num_threads: int) -> Mixed:
    stored = json.loads(texts[FILE])
    members = []
    for place, one in enumerate(stored["members"]):
        own = {file: texts[f"member_{place}_{file}"] for file in one["files"]}
        encoding = Encoding.from_json(one["encoding"])
        members.append(read_model(one["kind"], encoding, own, num_threads=num_threads))
    return Mixed(
        tuple(members),
        tuple(float(one["weight"]) for one in stored["members"]),
        float(stored["shift"]),
        tuple(Tried(**one) for one in stored["tried"]),
    )
