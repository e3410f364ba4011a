"""Prints the values of Rust literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.rust import Rust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

IDENTITY = "    value"
_TUPLES = "ABCD"
_HEAD = """\
use std::collections::{HashMap, HashSet};
trait Json { fn json(&self) -> String; }
impl Json for isize { fn json(&self) -> String { self.to_string() } }
impl Json for f64 { fn json(&self) -> String { format!("{:?}", self) } }
impl Json for bool { fn json(&self) -> String { self.to_string() } }
impl Json for String {
    fn json(&self) -> String {
        let units: Vec<String> = self.encode_utf16().map(|unit| format!("\\\\u{:04x}", unit)).collect();
        format!("\\"{}\\"", units.concat())
    }
}
fn array(items: Vec<String>) -> String { format!("[{}]", items.join(",")) }
impl<T: Json> Json for Option<T> {
    fn json(&self) -> String { self.as_ref().map_or("null".to_string(), |some| some.json()) }
}
impl<T: Json> Json for Vec<T> {
    fn json(&self) -> String { array(self.iter().map(|each| each.json()).collect()) }
}
impl<T: Json> Json for HashSet<T> {
    fn json(&self) -> String { array(self.iter().map(|each| each.json()).collect()) }
}
impl<K: Json, V: Json> Json for HashMap<K, V> {
    fn json(&self) -> String { array(self.iter().map(|(k, v)| array(vec![k.json(), v.json()])).collect()) }
}
"""


def _tuple(size: int) -> str:
    names = _TUPLES[:size]
    bounds = ", ".join(f"{name}: Json" for name in names)
    parts = ", ".join(f"self.{at}.json()" for at in range(size))
    body = f"fn json(&self) -> String {{ array(vec![{parts}]) }}"
    return f"impl<{bounds}> Json for ({', '.join(names)},) {{ {body} }}\n"


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    lines = "".join(
        f'    {{ let value: {Rust().type_name(type_)} = {source}; println!("{{}}", value.json()); }}\n'
        for source, type_ in values
    )
    return f"{_HEAD}{''.join(map(_tuple, range(1, 5)))}fn main() {{\n{lines}}}\n"
