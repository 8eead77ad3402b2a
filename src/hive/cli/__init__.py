"""The command line: thin faces of services, and what a person sees of them."""
