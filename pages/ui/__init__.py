"""What the pages share: the frame around them, the run picker, the plane, the curves, the formatting of numbers."""
