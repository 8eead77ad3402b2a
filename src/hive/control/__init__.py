"""The control plane: teams, keys, events and policies, behind one HTTP address."""
