"""Training reads a kept matrix only if it keeps the contract of today's declarations."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments import history
from features.district import DISTRICT
from features.matrix_contract import MatrixRefused, matrix_schema
from features.outcomes.unmet_need import UNMET_NEED_180D


def test_a_kept_matrix_that_breaks_its_contract_is_not_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = matrix_schema(DISTRICT.groups)
    place = schema.get_field_index("utility_unpaid_amount")
    wrong = schema.set(place, pa.field("utility_unpaid_amount", pa.string()))

    def write_wrong(*_: object, out: Mapping[date, Path], **__: object) -> None:
        for path in out.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(wrong.empty_table(), path)

    monkeypatch.setattr(history, "build_matrices", write_wrong)

    with pytest.raises(
        MatrixRefused, match="utility_unpaid_amount of group utilities holds string"
    ):
        history.build_history(
            tmp_path, deployment=DISTRICT, outcome=UNMET_NEED_180D, dates=[date(2026, 1, 1)]
        )
