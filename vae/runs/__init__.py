"""The run directory: written, read, checked, listed, packed, deleted; and foreign checkpoints that become runs."""
