"""What is to be mailed to whom and when, and what became of it."""
