"""The actors: importing this package declares them all on the broker."""

from worker.actors import alerts, inventory, network, notifications, privacy

__all__ = ["alerts", "inventory", "network", "notifications", "privacy"]
