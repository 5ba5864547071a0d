"""Run directories: writing, reading, checking, listing, archives, trash, and the import of foreign checkpoints."""
