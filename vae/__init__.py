"""The core of Latent Plane: a variational auto-encoder, its training, and everything computed from it.

Data flows one way: `data` → `model` and `objective` → `train` → `runs` (the run directory) → `latent`,
`metrics`, `export`. Nothing here knows Streamlit or Plotly, and importing the package imports no torch.
"""
