"""What speaks to each service: one module a protocol, loaded when a model of it is first asked.

Each has ``HTTP``, the HTTP library that the service's own library builds on,
and ``model``, which gives a model that can be asked. Nothing of the environment
is used: what the libraries would look for there is given to them.
"""
