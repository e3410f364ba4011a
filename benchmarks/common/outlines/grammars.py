"""Which of a grammar's nodes are what: one entry a language that has a tree-sitter grammar."""

from __future__ import annotations

import re
from typing import Final

import msgspec


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """How the top-level nodes of one language's syntax trees are read.

    Patterns are searched for in a node's text, from its beginning.
    """

    module: str
    """The package of the grammar."""
    function: str = "language"
    headers: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    definitions: frozenset[str] = frozenset()
    statements: frozenset[str] = frozenset()
    """Where they are listed, every other node is a definition."""
    dropped: frozenset[str] = frozenset()
    leading: frozenset[str] = frozenset()
    """Nodes that belong to the next one, as comments do: attributes."""
    groups: frozenset[str] = frozenset()
    """Nodes whose children stand for them."""
    containers: frozenset[str] = frozenset()
    """Classes, objects, modules: nodes with members."""
    bodies: frozenset[str] = frozenset()
    """The nodes in containers that hold the members."""
    import_text: str = ""
    definition_text: str = ""
    binding_text: str = ""
    """Its group is the name that is bound, where the nodes' fields do not tell."""
    test_text: str = ""
    dropped_text: str = ""
    container_text: str = ""
    """How a container's text begins, where the node's type does not tell."""
    masked: tuple[tuple[bytes, bytes], ...] = ()
    """What the grammar does not know, and what is parsed in its place, of the same length."""
    opening: str = ""
    """What code must begin with to be parsed."""


_C_STATEMENTS: Final = frozenset(
    {"expression_statement", "if_statement", "for_statement", "while_statement", "return_statement"}
)
_C_TESTS: Final = r"(?:TEST\w*|TYPED_TEST\w*|SCENARIO|DOCTEST_\w+|BOOST_\w+)\s*\("
_JS_FUNCTION: Final = (
    r"(?:const|let|var)\s+[\w$]+\s*(?::[^=]*)?=\s*"
    r"(?:async\b\s*)?(?:function\b|class\b|[\w$]+\s*=>|(?:<[^<>]*>\s*)?\((?:[^()]|\([^()]*\))*\)\s*(?::[^=\n]*)?=>)"
)
_JS: Final = Grammar(
    module="tree_sitter_javascript",
    imports=frozenset({"import_statement"}),
    definitions=frozenset(
        {
            "function_declaration",
            "generator_function_declaration",
            "class_declaration",
            "abstract_class_declaration",
            "interface_declaration",
            "type_alias_declaration",
            "enum_declaration",
            "function_signature",
            "ambient_declaration",
            "internal_module",
        }
    ),
    dropped=frozenset({"export_statement"}),
    import_text=r"(?:const|let|var)\s+[^=;]+=\s*require\s*\(|(?:const|let|var)\s+[^=;]+=\s*await\s+import\s*\(",
    definition_text=_JS_FUNCTION,
    test_text=r"(?:describe|it|test|suite|beforeEach|afterEach)(?:\.\w+)*\s*\(",
    dropped_text=r"(?:module\.)?exports\b",
)

GRAMMARS: Final = {
    "ada": Grammar(
        module="tree_sitter_ada",
        headers=frozenset({"pragma_g"}),
        imports=frozenset({"with_clause", "use_clause"}),
        statements=frozenset({"procedure_call_statement"}),
        dropped=frozenset({"package_declaration"}),
        groups=frozenset({"compilation_unit"}),
        containers=frozenset({"package_body"}),
        bodies=frozenset({"non_empty_declarative_part"}),
    ),
    "bash": Grammar(
        module="tree_sitter_bash",
        definitions=frozenset({"function_definition"}),
        masked=((rb"~~}", rb"^^}"), (rb"~}", rb"^}")),
    ),
    "c": Grammar(
        module="tree_sitter_c",
        imports=frozenset({"preproc_include"}),
        statements=_C_STATEMENTS,
        test_text=_C_TESTS,
    ),
    "cpp": Grammar(
        module="tree_sitter_cpp",
        imports=frozenset({"preproc_include", "using_declaration", "namespace_alias_definition"}),
        statements=_C_STATEMENTS,
        containers=frozenset({"namespace_definition"}),
        bodies=frozenset({"declaration_list"}),
        test_text=_C_TESTS,
    ),
    "csharp": Grammar(
        module="tree_sitter_c_sharp",
        imports=frozenset({"using_directive", "extern_alias_directive"}),
        statements=_C_STATEMENTS,
        groups=frozenset({"global_statement"}),
        dropped=frozenset({"file_scoped_namespace_declaration"}),
        containers=frozenset({"namespace_declaration", "class_declaration", "struct_declaration"}),
        bodies=frozenset({"declaration_list"}),
        test_text=r"\[(?:Test|TestMethod|TestClass|TestFixture|Fact|Theory)\b",
    ),
    "elixir": Grammar(
        module="tree_sitter_elixir",
        import_text=r"(?:import|require|alias|use)\s",
        definition_text=r"(?:def\w*\s|@\w)",
        binding_text=r"(?:defmodule|def\w*)\s+([\w.]+[?!]?)|\Z",
        containers=frozenset({"call"}),
        bodies=frozenset({"do_block"}),
        container_text=r"defmodule\b",
        test_text=r"ExUnit\.|(?:test|describe|doctest)\s|defmodule\s+[\w.]+\s+do\s+use\s+ExUnit",
    ),
    "go": Grammar(
        module="tree_sitter_go",
        imports=frozenset({"import_declaration"}),
        statements=_C_STATEMENTS,
        dropped=frozenset({"package_clause"}),
        test_text=r"func\s+(?:Test|Benchmark|Example|Fuzz)(?:_|[A-Z0-9]\w*|\w*)?\s*\((?:\s*\)|\s*\w+\s+\*testing\.)",
    ),
    "haskell": Grammar(
        module="tree_sitter_haskell",
        headers=frozenset({"pragma"}),
        imports=frozenset({"import"}),
        statements=frozenset({"top_splice"}),
        dropped=frozenset({"header"}),
        groups=frozenset({"imports", "declarations"}),
    ),
    "java": Grammar(
        module="tree_sitter_java",
        imports=frozenset({"import_declaration"}),
        statements=_C_STATEMENTS,
        dropped=frozenset({"package_declaration"}),
        containers=frozenset({"class_declaration", "record_declaration", "interface_declaration"}),
        bodies=frozenset({"class_body", "interface_body"}),
        test_text=r"@(?:Test|ParameterizedTest|BeforeEach|AfterEach|Before|After)\b",
    ),
    "javascript": _JS,
    "julia": Grammar(
        module="tree_sitter_julia",
        imports=frozenset({"using_statement", "import_statement"}),
        definitions=frozenset(
            {
                "function_definition",
                "macro_definition",
                "struct_definition",
                "abstract_definition",
                "primitive_definition",
            }
        ),
        dropped=frozenset({"export_statement", "public_statement"}),
        leading=frozenset({"string_literal"}),
        containers=frozenset({"module_definition"}),
        definition_text=r"(?:@\w+\s+)*function\b|@doc\b"
        r"|[\w!]+\((?:[^()]|\([^()]*\))*\)(?:\s*::\s*[\w{}, ]+)?\s*=(?!=)",
        test_text=r"@test|Test\.@",
    ),
    "lua": Grammar(
        module="tree_sitter_lua",
        definitions=frozenset({"function_declaration"}),
        dropped=frozenset({"return_statement"}),
        import_text=r"(?:local\s+)?[\w, .]+=\s*require\b|require\b",
        definition_text=r"(?:local\s+)?[\w.]+\s*=\s*function\b",
        test_text=r"(?:describe|it|os\.exit)\s*\(",
    ),
    "ocaml": Grammar(
        module="tree_sitter_ocaml",
        function="language_ocaml",
        imports=frozenset({"open_module", "include_module"}),
        definitions=frozenset(
            {
                "type_definition",
                "module_definition",
                "module_type_definition",
                "exception_definition",
                "external",
                "class_definition",
            }
        ),
        definition_text=r"let\s+(?:rec\s+)?(?:\w+'*|\([^()\s]+\))(?:\s+(?!:|=)|\s*:[^=]*=\s*fun|\s*=\s*fun)",
        test_text=r"let%|#",
    ),
    "perl": Grammar(
        module="tree_sitter_perl",
        imports=frozenset({"use_statement", "use_version_statement"}),
        definitions=frozenset({"subroutine_declaration_statement", "package_statement"}),
        dropped=frozenset({"data_section", "eof_marker", "pod"}),
        import_text=r"(?:use|no|require)\s",
        test_text=r"(?:plan|ok|is|isnt|like|unlike|is_deeply|cmp_ok|subtest|diag|note|done_testing|BAIL_OUT)\b\s*[('\"$\[;]",
    ),
    "php": Grammar(
        module="tree_sitter_php",
        function="language_php",
        headers=frozenset({"php_tag", "declare_statement", "namespace_definition"}),
        imports=frozenset({"namespace_use_declaration"}),
        definitions=frozenset(
            {
                "function_definition",
                "class_declaration",
                "interface_declaration",
                "trait_declaration",
                "enum_declaration",
                "const_declaration",
            }
        ),
        dropped=frozenset({"text_interpolation", "text"}),
        import_text=r"(?:require|include)(?:_once)?\b",
        definition_text=r"\$\w+\s*=\s*(?:static\s+)?(?:function|fn)\b|if\s*\(\s*!\s*function_exists\s*\(",
        opening="<?php\n",
    ),
    "ruby": Grammar(
        module="tree_sitter_ruby",
        definitions=frozenset({"method", "singleton_method", "class", "module"}),
        dropped=frozenset({"uninterpreted"}),
        import_text=r"(?:require|require_relative|using|include|extend)\b",
        definition_text=r"(?:private|public|module_function|memoize)?\s*def\b",
        test_text=r"(?:RSpec\b|describe\b|context\b|class\s+\w+\s*<\s*(?:Test::Unit|Minitest|MiniTest)\b|"
        r"if\s+(?:__FILE__|\$0|\$PROGRAM_NAME)\b)",
    ),
    "rust": Grammar(
        module="tree_sitter_rust",
        headers=frozenset({"inner_attribute_item", "shebang"}),
        imports=frozenset({"use_declaration", "extern_crate_declaration"}),
        statements=frozenset({"expression_statement", "let_declaration"}),
        leading=frozenset({"attribute_item"}),
        test_text=r"(?:#\[(?:cfg\(test\)|test)\]\s*)",
    ),
    "scala": Grammar(
        module="tree_sitter_scala",
        imports=frozenset({"import_declaration"}),
        statements=frozenset(
            {
                "call_expression",
                "infix_expression",
                "field_expression",
                "identifier",
                "if_expression",
                "for_expression",
                "while_expression",
                "block",
                "postfix_expression",
                "val_definition",
                "var_definition",
                "assignment_expression",
                "instance_expression",
                "string",
                "interpolated_string_expression",
            }
        ),
        dropped=frozenset({"package_clause"}),
        containers=frozenset({"object_definition", "class_definition", "trait_definition"}),
        bodies=frozenset({"template_body"}),
        test_text=r"@main\b|class\s+\w+\s+extends\s+(?:AnyFun|Fun|AnyFlat|Flat)\w*",
    ),
    "swift": Grammar(
        module="tree_sitter_swift",
        imports=frozenset({"import_declaration"}),
        definitions=frozenset(
            {
                "function_declaration",
                "class_declaration",
                "protocol_declaration",
                "typealias_declaration",
                "operator_declaration",
                "precedence_group_declaration",
            }
        ),
        test_text=r"(?:@main\b|@Test\b|@Suite\b|(?:final\s+)?class\s+\w+\s*:\s*XCTestCase)",
    ),
    "typescript": msgspec.structs.replace(
        _JS, module="tree_sitter_typescript", function="language_typescript"
    ),
}
"""By the id of the language."""

TEST_LIBRARIES: Final = re.compile(
    r"""
    \b(?:junit|testng|hamcrest|assertj|mockito|gtest|gmock|catch2?|doctest|cmocka|unity\.h|criterion
    |testify|gocheck|jest|vitest|mocha|chai|sinon|rspec|minitest|busted|luaunit|luassert|lust|rackunit
    |XCTest|phpunit|testthat|tinytest|RUnit|HUnit|QuickCheck|hspec|tasty|nunit|xunit|MSTest|unittest|pytest
    |scalatest|munit|specs2|utest|alcotest|ounit2?|proptest|rstest|BenchmarkTools)\b
    | Test::(?:More|Simple|Unit|Deep|Exception|Most) | test/unit | Microsoft\.VisualStudio\.TestTools
    | clojure\.test | ^\s*using\s+Test\s*$ | ^\s*import\s+Testing\s*$ | vendor/autoload
    | =\s*require\s*\(\s*['"](?:node:)?(?:assert(?:/strict)?|test)['"]\s*\)
    | from\s+['"](?:node:)?(?:assert(?:/strict)?|test)['"]
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
"""What only tests import: the benchmark's own bring what they need, and others may be missing."""

ENTRY_POINTS: Final = frozenset({"main", "Main", "-main"})
