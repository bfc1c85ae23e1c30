"""What other programs write: how their files are told, and what of them is not read cell by cell."""
