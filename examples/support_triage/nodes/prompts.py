CLASSIFY = "You sort support tickets."
EXTRACT = "You read"
