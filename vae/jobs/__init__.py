"""The training process: its session, its recorder, the queue, and the requests that it obeys."""
