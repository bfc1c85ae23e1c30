"""Sheets that are not laid out like the template, read through a mapping that says what their rows and columns mean."""
