"""The actors: importing this package declares them all on the broker."""

from worker.actors import inventory, network, notifications

__all__ = ["inventory", "network", "notifications"]
