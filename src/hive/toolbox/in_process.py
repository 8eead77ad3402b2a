"""The tools for an agent in this process; the environment configures every call."""

from __future__ import annotations

from hive.toolbox.csv_tools import CsvTools
from hive.toolbox.file_tools import FileTools
from hive.toolbox.settings import load_settings
from hive.toolbox.web_tools import WebTools

_WEB = WebTools(load_settings)
_FILES = FileTools(load_settings)
_TABLES = CsvTools(load_settings)

web_search = _WEB.web_search
web_scrape = _WEB.web_scrape
list_files = _FILES.list_files
read_text_file = _FILES.read_text_file
write_text_file = _FILES.write_text_file
append_text_file = _FILES.append_text_file
csv_read = _TABLES.csv_read
csv_write = _TABLES.csv_write
csv_append = _TABLES.csv_append
