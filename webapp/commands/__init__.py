"""The `flask` commands: register_commands adds them to the application."""

from __future__ import annotations

from flask import Flask

from webapp.commands.clock import clock_group
from webapp.commands.integrity import integrity_group
from webapp.commands.network import demo_group, import_group
from webapp.commands.users import users_group


def register_commands(app: Flask) -> None:
    """Add every command to the application."""
    for group in (demo_group, import_group, users_group, clock_group, integrity_group):
        app.cli.add_command(group)
