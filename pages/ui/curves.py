"""The curves of a training."""

from typing import Any

from pages.ui.components import component

PANELS = {"elbo": "−ELBO, nats", "reconstruction": "reconstruction error, nats", "kl": "KL, nats"}
SPLITS = {"train": "training", "validation": "validation"}
SIGN = {"elbo": -1, "reconstruction": -1, "kl": 1}


def curves(metrics: list[dict[str, Any]], *, key: str) -> None:
    """ELBO, reconstruction and KL by epoch, for training and validation; drawn in place while they grow.

    metrics: the lines of a run's `metrics.jsonl`.
    """
    epochs = [record["epoch"] for record in metrics]
    panels = [
        {
            "title": title,
            "series": [
                {"name": name, "x": epochs, "y": [SIGN[term] * record[split][term] for record in metrics]}
                for split, name in SPLITS.items()
            ],
        }
        for term, title in PANELS.items()
    ]
    component("curves")(key=key, data={"panels": panels, "xTitle": "epoch"})
