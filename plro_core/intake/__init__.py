"""From files that people hand over to the registry's tables, checked cell by cell; nothing is stored from here."""
