"""Who is on the list of each learner, and where it errs: tables kept beside a run, made while features are at hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.assembled import TRUTH, Assembled
from experiments.fitting import LEARNED
from experiments.groups.recipe import BASELINES
from experiments.groups.store import read_table, scores_file
from models.crosstab import crosstab
from models.error_tree import Question, error_tree
from models.list_overlap import listed
from models.top_of_list import Capacity

TO_REPORT = ("find_need", "report_groups")
"""Purposes of features that may describe a list: what belongs to one rule or to safety stays there."""

QUESTIONS: tuple[Question, ...] = ("missed", "wrongly listed")


def error_tables(home: Path, source: Assembled, run: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Return ``crosstab`` (the last tested date) and ``errors`` (all of them) of every learner of a run.

    Lists are cut at the headline capacity; errors are by the truth where there is one, else by labels.
    """
    capacity = Capacity(share=run["capacity_shares"][0])
    declared = source.config.load_deployment().features
    features = [feature for feature in declared if feature.purpose in TO_REPORT]
    label = TRUTH if TRUTH in source.history else "label"
    crosstabs, errors = [], []
    for group in run["groups"]:
        if group["name"] == BASELINES:
            continue
        kept = [
            read_table(scores_file(home, group["key"], key), key=key) for key in group["splits"]
        ]
        scores = pd.concat([one for one in kept if one is not None], ignore_index=True)
        days = [day.date() for day in sorted(scores["as_of_date"].unique())]
        rows = source.on(days)
        on = listed(rows, scores[LEARNED].to_numpy(), capacity=capacity, seed=run["seed"])
        last = (rows["as_of_date"] == rows["as_of_date"].max()).to_numpy()
        if on[last].all():
            continue
        apart = crosstab(rows.loc[last], on[last], features=features)
        crosstabs.append(apart.assign(model_group=group["name"]))
        for question in QUESTIONS:
            tree = error_tree(
                rows, on, question=question, features=features, label=label, seed=run["seed"]
            )
            for language in ("en", "zh"):
                told = tree.sentences(language=language)
                errors += [
                    (group["name"], question, language, place, one)
                    for place, one in enumerate(told)
                ]
    names = ["model_group", "question", "language", "place", "sentence"]
    return {
        "crosstab": pd.concat(crosstabs, ignore_index=True) if crosstabs else pd.DataFrame(),
        "errors": pd.DataFrame(errors, columns=names),
    }
