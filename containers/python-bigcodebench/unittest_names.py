"""Gives ``unittest`` back the methods that Python 3.12 removed and the tests of six tasks call.

Usage, while the image is built: ``unittest_names.py``. The official evaluation image has Python 3.10, whose
``unittest`` has them.
"""

import unittest.case
from pathlib import Path

ADDED = """

def _assert_dict_contains_subset(self, subset, dictionary, msg=None):
    self.assertEqual(dictionary, {**dictionary, **subset}, msg)


TestCase.assertEquals = TestCase.assertEqual
TestCase.assertAlmostEquals = TestCase.assertAlmostEqual
TestCase.assertDictContainsSubset = _assert_dict_contains_subset
"""


def main() -> None:
    """Append them to the standard library's own file, so that they are there from the first import on."""
    if not hasattr(unittest.TestCase, "assertEquals"):
        with Path(unittest.case.__file__).open("a", encoding="utf-8") as file:
            file.write(ADDED)


if __name__ == "__main__":
    main()
