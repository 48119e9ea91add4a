"""What a pack is drawn from, and the packs there are."""

from .packs import PackLine, pack_file, pack_line, pack_list, packs_of

__all__ = ["PackLine", "pack_file", "pack_line", "pack_list", "packs_of"]
