"""REDCap: its exports and data dictionaries read through a mapping that people confirm, and our tables written as one."""

from plro_core.intake.redcap.reader import drafts, is_dictionary, is_export

__all__ = ["drafts", "is_dictionary", "is_export"]
