"""Relations to the head of a household that the register does not know as one."""

import pandas as pd


def relations(placed: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Return the relation of each placed person to the head of the household.

    The head is the head of the book most members are in; without one, the eldest. Members of the
    head's book keep the relation the book gives them; others are spouse or child by their ties, and
    other without any.

    Args:
        placed: ``person_id, group, birth_date, book, book_relation, is_book_head``.
        links: ``person_a, person_b, kind``.
    """
    sizes = placed.groupby(["group", "book"])["person_id"].transform("size")
    ranked = placed.assign(share=sizes.fillna(0)).sort_values(
        ["group", "is_book_head", "share", "birth_date", "person_id"],
        ascending=[True, False, False, True, True],
    )
    heads = ranked.drop_duplicates("group").set_index("group")
    head = placed["group"].map(heads["person_id"])
    registered = placed["group"].map(heads["is_book_head"])
    same_book = placed["book"].notna() & (placed["book"] == placed["group"].map(heads["book"]))
    said = pd.Series("other", index=placed.index, dtype="object")

    ties = pd.concat(
        [
            links[["person_a", "person_b", "kind"]],
            links.rename(columns={"person_a": "person_b", "person_b": "person_a"})[
                ["person_a", "person_b", "kind"]
            ],
        ]
    )
    keys = pd.MultiIndex.from_arrays([placed["person_id"], head])
    born, head_born = placed["birth_date"], placed["group"].map(heads["birth_date"])
    for kinds, word in ((("mother", "guardian"), "child"), (("spouse",), "spouse")):
        pairs = ties[ties["kind"].isin(kinds)]
        near = keys.isin(pd.MultiIndex.from_arrays([pairs["person_a"], pairs["person_b"]]))
        younger = (born > head_born) if word == "child" else True
        said[near & younger] = word
    from_book = same_book & registered
    said[from_book] = placed.loc[from_book, "book_relation"]
    said[placed["person_id"] == head] = "head"
    second = (said == "head") & (placed["person_id"] != head)
    said[second] = "other"
    return said
