"""The actors: importing this package declares them all on the broker."""

from worker.actors import alerts, inventory, network, notifications

__all__ = ["alerts", "inventory", "network", "notifications"]
