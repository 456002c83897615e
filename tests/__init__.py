"""What must pass before anything is handed on."""
