"""Recent searches: what a traveller with an account looked for lately, to look again."""
