"""Many runs: where they are kept, and what starts them."""
