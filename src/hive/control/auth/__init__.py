"""Who is asking: passwords, tokens and sessions of people, and keys of programs."""
