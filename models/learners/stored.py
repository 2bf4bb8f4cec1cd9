"""One fitted model among the files of an artefact: which files, which inputs, and how to read it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.encoding import Encoding
from models.learners.learned import Learned
from models.learners.spread import Spread


@dataclass(frozen=True)
class StoredModel:
    """``files`` by the names the model gives its texts, each behind ``prefix`` in the folder."""

    kind: str
    encoding: Encoding
    files: tuple[str, ...]
    prefix: str = ""

    def read(self, folder: Path, *, num_threads: int) -> Learned:
        """Parse the model.

        Raises:
            ValueError, KeyError, TypeError: the texts are not a model of this kind.
        """
        # Imported here: the process that only verifies must not load what parses.
        from models.learners.reading import read_model

        texts = {file: (folder / f"{self.prefix}{file}").read_text("utf-8") for file in self.files}
        return read_model(self.kind, self.encoding, texts, num_threads=num_threads)

    def to_json(self) -> dict[str, object]:
        """Return plain values, readable by :meth:`from_json`."""
        return {
            "kind": self.kind,
            "encoding": self.encoding.to_json(),
            "files": list(self.files),
            "prefix": self.prefix,
        }

    @classmethod
    def from_json(cls, found: Mapping[str, object]) -> "StoredModel":
        """Rebuild from what :meth:`to_json` returned.

        Raises:
            EncodingError, KeyError, TypeError: something is missing or not of its type.
        """
        files, encoding = found["files"], found["encoding"]
        if not isinstance(files, list) or not isinstance(encoding, list):
            raise TypeError("a stored model needs lists of files and of columns")
        return cls(
            str(found["kind"]), Encoding.from_json(encoding), tuple(files), str(found["prefix"])
        )


@dataclass(frozen=True)
class StoredSpread:
    """The refits of an artefact, for intervals; see :class:`models.learners.spread.Spread`."""

    refits: tuple[StoredModel, ...]
    share: float
    factor: float

    def read(self, folder: Path, *, num_threads: int) -> Spread:
        """Parse every refit; raises as :meth:`StoredModel.read` does."""
        refits = tuple(one.read(folder, num_threads=num_threads) for one in self.refits)
        return Spread(refits, self.share, self.factor)

    def to_json(self) -> dict[str, object]:
        """Return plain values, readable by :meth:`from_json`."""
        refits = [one.to_json() for one in self.refits]
        return {"refits": refits, "share": self.share, "factor": self.factor}

    @classmethod
    def from_json(cls, found: Mapping[str, object]) -> "StoredSpread":
        """Rebuild from what :meth:`to_json` returned; raises as :meth:`StoredModel.from_json` does."""
        refits, share, factor = found["refits"], found["share"], found["factor"]
        if not isinstance(refits, list) or not isinstance(share, float):
            raise TypeError("a stored spread needs a list of refits and a share")
        if not isinstance(factor, float):
            raise TypeError("a stored spread needs a factor")
        return cls(tuple(StoredModel.from_json(one) for one in refits), share, factor)


def store(folder: Path, model: Learned, *, prefix: str = "") -> StoredModel:
    """Write the texts of a model into ``folder``.

    Raises:
        LearnerError: the model cannot be written as text.
    """
    texts = model.texts()
    for file, text in texts.items():
        (folder / f"{prefix}{file}").write_text(text, "utf-8", newline="\n")
    return StoredModel(model.kind, model.encoding, tuple(texts), prefix)


def store_spread(folder: Path, spread: Spread | None) -> StoredSpread | None:
    """Write the texts of every refit, if there are any; raises as :func:`store` does."""
    if spread is None:
        return None
    refits = tuple(
        store(folder, one, prefix=f"refit_{number:02d}_")
        for number, one in enumerate(spread.refits)
    )
    return StoredSpread(refits, spread.share, spread.factor)
