from features.groups.contact_history import GROUP

__all__ = ["GROUP"]
