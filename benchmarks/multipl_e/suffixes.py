"""What MultiPL-E calls the languages, which configurations its dataset has, and the hashes of their rows."""

from __future__ import annotations

import re
from typing import Final

from codeeval.datasets import DatasetRef
from codeeval.errors import UnknownName
from codeeval.translators.target_languages import TARGETS

ROW_LANGUAGES: Final = {"go_test.go": "go", "ada": "adb"}
"""Rows whose ``language`` is not their configuration's suffix, as the evaluator looks it up.

Source: evaluation/src/containerized_eval.py, EVALUATORS."""

SOURCES: Final = ("humaneval", "mbpp")

HASHES: Final = {
    "humaneval-cpp": "5aebf544a1482e95f01bfe81dc2171971652604feb394c0e649f2d8affe8a462",
    "humaneval-cs": "a22f8d417b0eb49c61e02af780d8ad8b25a7d43c07651c7d7b0c53906d3539e5",
    "humaneval-d": "c53bb83b9b38c7dfa5873a6a96fa69b13e9fab3cc611b4c7a9b5800130689e48",
    "humaneval-go": "d17c57a24ae19f7e0d06cde00a9195cd0f15a36a0e387351923b40b3246cf623",
    "humaneval-java": "27b5f3f0d0652c2b31f40b7c51f234dc8c0b8c4381a264065bf981a0e258130d",
    "humaneval-jl": "5f4fe16458cf03a64388e188898107f41833b893d2c24eec982cb096a2ec7848",
    "humaneval-js": "4e2d6a6dba22c581d0630579cd5e7898433fc8e649b04ef0b09bc65f8af44b5c",
    "humaneval-lua": "4711f01739c41c4b4a6fa1ff2f94c27096ab894d36682bb6a9f4ff1779db49c9",
    "humaneval-php": "7688f5a2a7944ac31078947d7d0eb5bd2b39288c2c98e98b0b18e7b1c04eced0",
    "humaneval-pl": "66f7d1c293613ece053808269b5438f7721a866e5845a33e641ea22629c9ceaa",
    "humaneval-r": "eea8413696a7b935a8a5a2dc6ee5db2bc426eb8d96aebbe53ead455a688bd4ad",
    "humaneval-rb": "4ff8bb8f2f7e8170fcadd8ce2f36e6e53993232d8c66415a158bc2be5c4b8d78",
    "humaneval-rkt": "62fc56bbaae0e46258b892e0566eda4ee4c767877fa53114289c72814575e5e7",
    "humaneval-rs": "b957b25d5b2b96e14de94487ad1bdd22bdfe77a985ae643aa666bf0867181348",
    "humaneval-scala": "825760ccf8284241a20b1d64608c135a7ca61c90b23434640e9cbd5b630cb90e",
    "humaneval-sh": "6b795e5634014e140900b5843e57fc8e2c7a5e24e52ead52a8c7d518572592fc",
    "humaneval-swift": "48cda909cce7b4b479619237369113b1999352ac9bd69d4344013c3068d60212",
    "humaneval-ts": "eaa8742d62238a83463886b82525cd37d5e9fa08c24d1f10a587e9177b3be59d",
    "mbpp-cpp": "6cf9d1e8ac09f795e8dc392e317957ac0d72699b99a70713292ff1ed5de7f08d",
    "mbpp-cs": "d19ecfe2a2f39ec9361378949c81b9fa15d102f448695ba08698298bfe25fbaf",
    "mbpp-d": "f931701c1fb08f701f99eaa7cc288490433f38c958bb73aa45ba71194c0f93cd",
    "mbpp-go": "f211dfe0f6b0161560dad67ec9680f21be7c06f90be2c1da9b34ad6c40c9924a",
    "mbpp-java": "d33d5f4433985b00733d4a4a0b365da25eff9e7fd88a2c2d96b0c77bab0e40ff",
    "mbpp-jl": "2d174c3e3228e4533cc1eaa13dcb624e9eb51a2a34fcbdd8798d8b0ad3c745ee",
    "mbpp-js": "5549f57e5e6f77f79f645c3b9549f389befed784c119e01cb5f4fd2e6821ffb2",
    "mbpp-lua": "e4c9799db1a73ce150cfc776e9ab7f5a95e855e32639b7cd597d60a43c6603fb",
    "mbpp-php": "885c8470807395f5776e15e1e6585f91396e508f20c299a350ca05631e20267f",
    "mbpp-pl": "64f8c8d63098b79355e2ff0e35d2ee86a4d36d72c6843cfedf220dad4975f515",
    "mbpp-r": "fc1ed5ca0ebabd1b8ca4a988852546c8aa368d8a0fd064fd87436f0559f192bb",
    "mbpp-rb": "f58c01c8ff371686004200d25646fd4cf3430ac146bd263be1b0f2d8b3c82e52",
    "mbpp-rkt": "fc35b0696076592e007e00248a32bab13becbbe5b03913e50a766e54337ca404",
    "mbpp-rs": "57319795da815bc9513d78a0d82bdf09ed26300aeec52fab0fa2d45153e5ce7c",
    "mbpp-scala": "5661b4dbd715f1b647ca14408ba46f552914e638c2556bf1a47e01b42f2887c1",
    "mbpp-sh": "a6f245e1bc74c9967f4908f73b14f5c2e5285b0326bbef51a83287b28e4e8a1c",
    "mbpp-swift": "52f34b3b2330450525f2e759bf722185f7ee766403400aa8a3692c2050bfd20e",
    "mbpp-ts": "00126505ba77deb0218dbb828d48baba9e39f9996c104b23f0c62123a8aa24f5",
}
"""Content hash of each configuration's rows, version 3 of the dataset."""

UNSEEN: Final = ("adb", "clj", "dart", "elixir", "hs", "ml")
"""Published on the Hub too; no row of theirs was at hand when this was written, so they are untested."""

PUBLISHED: Final = (
    *("cpp", "cs", "d", "go", "java", "jl", "js", "lua", "php", "pl", "r", "rb", "rkt", "rs", "scala", "sh"),
    *("swift", "ts"),
    *UNSEEN,
)
"""Languages of ``humaneval-all`` and ``mbpp-all``, in this order."""
_IDS: Final = {"fs": "fsharp", **{suffix: TARGETS[suffix].partition(":")[0] for suffix in TARGETS}}
SUFFIXES: Final = {suffix: _IDS[suffix] for suffix in (*PUBLISHED, "c", "fs", "kt", "py", *_IDS)}
"""Suffix -> language id. What ``translate`` writes rows in is known by that alone; F# is published only.

Rows name their language by the suffix, but for Go's (``ROW_LANGUAGES``)."""
ALL: Final = "all"
TWELVE: Final = "twelve"


_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]*")


def split(variant: str) -> tuple[str, str]:
    """Split a variant's name, which is the dataset configuration's too, into its source and its suffix.

    ``humaneval-rs`` is published; any other, such as ``humaneval-plus-rs``, names rows that ``codeeval
    translate`` made, and whether they are there shows when they are read.

    Raises:
        UnknownName: there is no such language.
    """
    source, _, suffix = variant.rpartition("-")
    if not _NAME.fullmatch(source) or suffix not in {*SUFFIXES, ALL}:
        published = [f"{source}-{suffix}" for source in SOURCES for suffix in (*PUBLISHED, ALL)]
        raise UnknownName("variant of multipl-e", variant, published)
    return source, suffix


def is_published(source: str, suffix: str) -> bool:
    """Whether the dataset on the Hub has this configuration, or, of ``all``, some."""
    return source in SOURCES and suffix in {*PUBLISHED, ALL}


def language_of(suffix: str) -> str:
    """Return the id of the language with this suffix, or of the row's ``language``.

    Raises:
        UnknownName: there is none.
    """
    try:
        return SUFFIXES[ROW_LANGUAGES.get(suffix, suffix)]
    except KeyError:
        raise UnknownName("language of MultiPL-E", suffix, SUFFIXES) from None


def row_language(language: str) -> str:
    """Return what rows call the language with this id."""
    suffix = next(suffix for suffix, id_ in SUFFIXES.items() if id_ == language)
    return next((row for row, short in ROW_LANGUAGES.items() if short == suffix), suffix)


def dataset(config: str) -> DatasetRef:
    """Return the dataset's configuration of this name, such as ``humaneval-rs``.

    The revision is a branch: which rows count is decided by their hash.
    """
    return DatasetRef(
        id="nuprl/MultiPL-E", config=config, revision="main", sha256={"test": HASHES.get(config, "")}
    )
