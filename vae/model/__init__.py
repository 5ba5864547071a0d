"""The model: architecture in plain Python, likelihoods, the VAE, the ELBO's terms, and what all of it weighs."""
