"""People who do not exist, with identifiers that are right: numbers drawn from a seed, check digits computed."""

import random
from datetime import date, timedelta

_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]


def national_id(seed: int) -> str:
    """Return an 18-digit identity number with a right check digit."""
    draw = random.Random(f"id {seed}")
    born = date(1930, 1, 1) + timedelta(days=draw.randrange(30_000))
    return with_check_digit(
        f"990{draw.randrange(100, 1000)}{born:%Y%m%d}{draw.randrange(1000):03d}"
    )


def old_national_id(seed: int) -> str:
    """Return the 15 digits the same person's identity number had until 1999."""
    long = national_id(seed)
    return long[:6] + long[8:17]


def with_check_digit(body: str) -> str:
    """Return 17 digits with the check character of GB 11643 behind them, worked out one by one."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def mobile(seed: int) -> str:
    """Return a mobile number."""
    return f"1{random.Random(f'phone {seed}').randrange(3_000_000_000, 9_999_999_999)}"
