"""Everything that crosses the wire between runs, the control plane and people."""
