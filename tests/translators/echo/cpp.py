"""Prints the values of C++ literals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codeeval.translators.targets.cpp import Cpp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codeeval.translators.types import Type

IDENTITY = "    return value;"
BATCH = 50
"""Templates take their time to compile."""
_HEAD = """\
#include <bits/stdc++.h>

void show(long value) { std::cout << value; }
void show(bool value) { std::cout << (value ? "true" : "false"); }
void show(float value) { printf("%.9e", value); }
void show(const std::string& value) {
    std::wstring_convert<std::codecvt_utf8_utf16<char16_t>, char16_t> converter;
    std::cout << '"';
    for (char16_t unit : converter.from_bytes(value)) printf("\\\\u%04x", unit);
    std::cout << '"';
}
template <class T> void show(const std::vector<T>& value);
template <class T> void show(const std::optional<T>& value);
template <class T> void show(const std::set<T>& value);
template <class K, class V> void show(const std::pair<K, V>& value);
template <class K, class V> void show(const std::map<K, V>& value);
template <class... T> void show(const std::tuple<T...>& value);
template <class T> void items(const T& values) {
    const char* before = "[";
    for (auto value : values) {
        std::cout << before;
        show(value);
        before = ",";
    }
    std::cout << (values.size() ? "]" : "[]");
}
template <class T> void show(const std::vector<T>& value) { items(value); }
template <class T> void show(const std::optional<T>& value) {
    if (value) show(*value);
    else std::cout << "null";
}
template <class T> void show(const std::set<T>& value) { items(value); }
template <class K, class V> void show(const std::map<K, V>& value) { items(value); }
template <class K, class V> void show(const std::pair<K, V>& value) {
    show(std::make_tuple(value.first, value.second));
}
template <class... T> void show(const std::tuple<T...>& value) {
    const char* before = "[";
    auto one = [&](const auto& each) { std::cout << before; show(each); before = ","; };
    std::apply([&](const auto&... each) { (one(each), ...); }, value);
    std::cout << "]";
}

int main() {
    std::ios::sync_with_stdio(true);
"""


def program(values: Sequence[tuple[str, Type]]) -> str:
    """Return a program that prints each value on a line of its own."""
    lines = "".join(
        f'    {{ {Cpp().type_name(type_)} value = {source}; show(value); puts(""); }}\n'
        for source, type_ in values
    )
    return f"{_HEAD}{lines}}}\n"
