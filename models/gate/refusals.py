"""What every refusal around promotions is, so that a command can tell it in one sentence."""


class PromotionRefusal(ValueError):
    """A promotion, a waiver, or what they would be decided by cannot be taken as it is."""
