"""Pure rules of the control plane: who may do what, and what the audit log proves."""
