"""How registers and accounts differ from life: rates, each with the reason for it.

Hardly anything here was measured where this engine runs. A rate is published where its description
names who published it, and otherwise a plausible round number that the linkage and the household
builder are judged under.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegisterNoise(_Frozen):
    """Where the register of 公安 says something else than life. Shares as described.

    Calibrated so that 12-15 % of people are registered with another household or address than they
    live with and at, or not at all. The seventh census (2020, bulletin no. 7) counted 116.9 million
    people registered elsewhere in their own city, about 13 % of the 901.9 million in towns.
    """

    grown_child_in_book: Share = Field(
        0.75,
        description="young households of one or two with parents in the district: the head is"
        " still in the parents' book;"
        " plausible: moving the book is asked for by nobody before the first child goes to school",
    )
    stale_address: Share = Field(
        0.15,
        description="of households that moved within four years before sharing begins: still"
        " registered where they lived before; plausible",
    )
    moves_in_time: Share = Field(
        0.30, description="households that re-register within the month of a move; plausible"
    )
    late_move_months: float = Field(
        18.0, description="mean months until the others do; plausible, ends with a school or a sale"
    )
    second_book: Share = Field(
        0.30,
        description="homes with a grandparent whose book is apart although they live together;"
        " plausible: books are kept apart for land, pensions and demolition",
    )
    school_book: Share = Field(
        0.05,
        description="families with a child of 4-15 whose whole book lies at a relative's address"
        " in another catchment; plausible, higher in cities with strict catchments",
    )
    school_child: Share = Field(
        0.12,
        description="families with a child of 4-15 and grandparents in the district: the child"
        " alone is in the grandparents' book; plausible",
    )
    outsider_never: Share = Field(
        0.12,
        description="households with hukou elsewhere that never register; plausible: residence"
        " permits are asked for with school, car or insurance, and some need none",
    )
    outsider_late: Share = Field(
        0.50, description="of those who arrive, register months later; plausible"
    )
    late_arrival_months: float = Field(10.0, description="mean months until they do; plausible")
    shared_dwelling: Share = Field(
        0.12,
        description="small tenant households in a room of a dwelling where another household"
        " lives; plausible, 群租 and employers' flats",
    )


class AccountNoise(_Frozen):
    """How utility accounts are held and their addresses written. Shares of accounts unless said.

    About one holder in five is nobody who lives there now: suppliers change a name only when
    somebody asks. No count of it is published; the share is that of tenants (about 15 % of family
    households in towns rent from private landlords, census 2020, rounded) and of homes that
    changed hands.
    """

    landlord: Share = Field(0.74, description="of private tenants' accounts run under the landlord")
    company: Share = Field(
        0.45, description="of accounts in public rentals and dormitories run under the office"
    )
    previous_owner: Share = Field(0.045, description="of owners' accounts; never transferred")
    dead_parent: Share = Field(0.025, description="of owners' accounts; inherited with the home")
    relative: Share = Field(0.025, description="of owners' accounts; a parent or child elsewhere")
    transferred: Share = Field(
        0.60, description="of accounts put under the new owner in the month of a move"
    )
    misspelt_name: Share = Field(0.012, description="of names typed wrong at a counter")
    spouse_holds: Share = Field(0.22, description="of couples' own accounts: the spouse's name")
    phone: Share = Field(0.55, description="accounts with a mobile number")
    phone_of_holder: Share = Field(0.90, description="of these, still the holder's")
    no_room: Share = Field(0.030, description="texts without the room, where a resident holds")
    no_room_foreign: Share = Field(
        0.060, description="same under landlords and offices: one meter for the whole flat or house"
    )
    short_form: Share = Field(0.55, description="texts that leave out what every clerk knows")
    fullwidth: Share = Field(0.06, description="texts with full-width digits, old terminals")
    chinese_numerals: Share = Field(0.04, description="texts with 三〇一 for 301")
    reordered: Share = Field(0.03, description="texts that begin with building and room")
    typo: Share = Field(0.020, description="texts with a wrong character in the place name")
    wrong_digit: Share = Field(0.004, description="texts with the number of the room next door")
    abbreviated: Share = Field(0.25, description="texts with 3-2-301 for 3幢2单元301室")
    extra_words: Share = Field(0.05, description="texts with 北门旁, 出租房 and the like")
    renamed_compounds: Share = Field(0.08, description="compounds that once had another name")
    old_name: Share = Field(0.40, description="of their accounts still under the old name")
    merged_compounds: Share = Field(0.05, description="compounds merged, buildings numbered anew")
    old_number: Share = Field(0.40, description="of their accounts still under the old numbers")
