"""Which mails a traveller wants, when, and in which form."""
