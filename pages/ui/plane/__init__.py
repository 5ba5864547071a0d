"""The plane on a page: component, points, chart, pin, and panels."""
