"""The mails of a trip, and having one sent again."""
