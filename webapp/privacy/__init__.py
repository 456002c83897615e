"""What is kept about an account, in its holder's hands."""
