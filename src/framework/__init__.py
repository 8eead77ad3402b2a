"""Goal-driven agents as graphs of nodes; a run is a journal.

Import from the public modules (``framework.graph``, ``framework.llm``,
``framework.runner``, ...); this root stays empty so that it costs nothing.
"""

import logging

# What the library logs is for whoever configures logging; without that it says nothing on standard error.
logging.getLogger("framework").addHandler(logging.NullHandler())
