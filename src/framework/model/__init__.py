"""Pure data: specs, tools, messages, journal events, expressions, validation."""
