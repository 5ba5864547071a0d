"""Measurements of a trained model: encoding, exact evidence, posteriors, estimators, metrics, comparisons."""
