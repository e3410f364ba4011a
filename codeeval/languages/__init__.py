"""The languages that sandboxes run: one declarative entry each, codeeval's own and those of plug-ins.

Adding a language is one module here and one folder under ``containers/``; see CONTRIBUTING.md.
"""

from codeeval.languages.entry import Cheats, Command, Epilogue, Lack, Language, Marks, PythonFile, SelfTest
from codeeval.languages.finishing import finish
from codeeval.languages.python import PYTHON
from codeeval.languages.self_tests import self_test_program
from codeeval.languages.table import LANGUAGES, language

__all__ = [
    "LANGUAGES",
    "PYTHON",
    "Cheats",
    "Command",
    "Epilogue",
    "Lack",
    "Language",
    "Marks",
    "PythonFile",
    "SelfTest",
    "finish",
    "language",
    "self_test_program",
]
