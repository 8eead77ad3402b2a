"""The commands, one module each; ``hive.cli.main`` loads a module when its command is called."""
