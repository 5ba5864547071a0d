"""Formats of numbers for readers: with units and significant digits alone."""


def duration(seconds: float) -> str:
    """Seconds as "8 s", "3 min 20 s" or "2 h 5 min"."""
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


def nats(value: float) -> str:
    """A quantity of information, "137.91 nats"."""
    return f"{value:.2f} nats"


def signed(value: float, digits: int) -> str:
    """A number with a minus sign as wide as a plus, "−91.18"."""
    return f"{value:.{digits}f}".replace("-", "−")


def place(z: tuple[float, ...]) -> str:
    """z as "(0.50, −1.20)"; long ones are cut after the fourth coordinate."""
    shown = ", ".join(f"{value:.2f}".replace("-", "−") for value in z[:4])
    return f"({shown}, …)" if len(z) > 4 else f"({shown})"
