"""What the control plane does, whoever asks: routes, sockets and commands are faces of these."""
