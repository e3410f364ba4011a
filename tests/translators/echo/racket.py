"""Prints values in Racket, by their types: ``#f`` is ``None`` where that may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.types import DictOf, ListOf, OptionalOf, Scalar, SetOf, TupleOf, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEAD = r"""
#lang racket

(define (text value)
  (define bytes (let-values ([(converted used state)
                              (bytes-convert (bytes-open-converter "platform-UTF-8" "platform-UTF-16")
                                             (string->bytes/utf-8 value))])
                  converted))
  (define (code at) (integer-bytes->integer bytes #f #f at (+ at 2)))
  (define (unit at) (~r (code at) #:base 16 #:min-width 4 #:pad-string "0"))
  (string-append "\"" (apply string-append (for/list ([at (in-range 0 (bytes-length bytes) 2)])
                                             (string-append "\\u" (unit at)))) "\""))
(define (number value) (number->string value))
(define (boolean value) (if value "true" "false"))
(define (joined parts) (string-append "[" (string-join parts ",") "]"))
(define ((optional show) value) (if (eq? value #f) "null" (show value)))
(define ((items show) value) (joined (map show (if (set? value) (set->list value) value))))
(define ((each . shows) value) (joined (map (lambda (show one) (show one)) shows value)))
(define ((entries key show) value)
  (joined (for/list ([(k v) value]) (joined (list (key k) (show v))))))
"""
_SCALARS = {Scalar.INT: "number", Scalar.FLOAT: "number", Scalar.BOOL: "boolean", Scalar.STR: "text"}


def _shown(type_: Type) -> str:
    match type_:
        case OptionalOf(item):
            return f"(optional {_shown(item)})"
        case ListOf(item) | SetOf(item):
            return f"(items {_shown(item)})"
        case TupleOf(items):
            return f"(each {' '.join(map(_shown, items))})"
        case DictOf(key, value):
            return f"(entries {_shown(key)} {_shown(value)})"
        case Scalar():
            return _SCALARS[type_]
        case _:
            raise NotImplementedError(type_)


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value as JSON on a line."""
    lines = "".join(f"(displayln ({_shown(type_)} {literal}))\n" for literal, type_ in values)
    return f"{_HEAD.lstrip()}{lines}"
