"""REDCap: its exports and data dictionaries read through a mapping that people confirm, and our tables written as one."""
