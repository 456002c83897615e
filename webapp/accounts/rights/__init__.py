"""What an account may do beyond travelling: given, moved to another airline, ended."""
