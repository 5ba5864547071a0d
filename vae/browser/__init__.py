"""Bytes for the browser: payloads, points, animations, curves, and the stand-alone file."""
