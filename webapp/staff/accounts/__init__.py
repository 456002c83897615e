"""The accounts of staff, for administrators."""
