"""The model: architecture in plain Python, likelihoods, the VAE, the terms of the ELBO, and memory needs."""
