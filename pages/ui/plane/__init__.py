"""The plane on a page: its component, its points, chart and pin, and what is shown of a pinned place."""
