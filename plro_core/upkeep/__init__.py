"""Keeping a registry whole: verified to the last byte, backed up, restored."""

from plro_core.upkeep.backup import Backup, back_up, backups, restore
from plro_core.upkeep.verification import verify_registry

__all__ = ["Backup", "back_up", "backups", "restore", "verify_registry"]
