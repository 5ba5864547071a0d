"""The parts of the Reconstruct page, from what is chosen to what is shown of it."""
