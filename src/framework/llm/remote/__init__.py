"""Models behind a key or an address: one provider for several services, spoken to over HTTP."""
