"""Schedule changes that travellers have not answered, for the staff who call them."""
