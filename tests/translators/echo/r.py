"""Prints the values of R literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo.shown import printer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

_HEAD = r"""
joined <- function(parts) paste0("[", paste0(parts, collapse = ","), "]")
show_int <- function(value) sprintf("%.0f", value)
show_float <- function(value) {
    text <- sprintf("%.17g", value)
    if (grepl("[.e]", text)) text else paste0(text, ".0")
}
show_bool <- function(value) { stopifnot(is.logical(value)); tolower(as.character(value)) }
show_str <- function(value) {
    codes <- utf8ToInt(value)
    units <- ifelse(codes < 65536, sprintf("\\u%04x", codes),
        sprintf("\\u%04x\\u%04x", 55296L + (codes - 65536L) %/% 1024L, 56320L + codes %% 1024L))
    paste0('"', paste0(units, collapse = ""), '"')
}
show_list <- function(item) function(value) joined(vapply(seq_along(value), function(i) item(value[[i]]), ""))
show_tuple <- function(...) {
    items <- list(...)
    function(value) joined(vapply(seq_along(items), function(i) items[[i]](value[[i]]), ""))
}
show_optional <- function(item) { force(item); function(value) if (is.null(value)) "null" else item(value) }
show_dict <- function(key, item) function(value) {
    read <- if (identical(key, show_str)) identity else if (identical(key, show_bool)) as.logical else
        if (identical(key, show_int)) as.numeric else function(name) as.numeric(strsplit(name, ",")[[1]])
    pair <- function(i) joined(c(key(read(names(value)[[i]])), item(value[[i]])))
    joined(vapply(seq_along(value), pair, ""))
}
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    return _HEAD + "".join(f'cat({printer(type_)}({source}), "\\n", sep = "")\n' for source, type_ in values)
