"""The parts of the Train page: the form, the monitor of a training with its controls, and the table of runs."""
