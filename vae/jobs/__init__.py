"""The training process: its session, the queue, and the requests it obeys."""
