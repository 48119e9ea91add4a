"""Doors of governance: board packs."""

from .packs import home, making, making_progress, new_pack, pack, pack_enclosure, pack_pdf, stop_making

__all__ = ["home", "making", "making_progress", "new_pack", "pack", "pack_enclosure", "pack_pdf", "stop_making"]
