"""The AEVB algorithm and its parts: tensors in, numbers out; no file, no clock."""
