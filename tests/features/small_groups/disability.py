from features.groups.disability import GROUP

__all__ = ["GROUP"]
