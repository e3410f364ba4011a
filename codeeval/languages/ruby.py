"""Ruby."""

from __future__ import annotations

from typing import Final

from codeeval.languages.entry import Cheats, Command, Epilogue, Language, Marks, SelfTest
from codeeval.types import TOKEN_PLACEHOLDER, CommandMode, Limits, Outcome

BEFORE: Final = "require 'test/unit'\nclass TestHumanEval < Test::Unit::TestCase\n  def test_twice\n    "
AFTER: Final = "\n  end\nend\n"

RUBY: Final = Language(
    id="ruby",
    title="Ruby",
    fences=("ruby", "rb"),
    source_name="main.rb",
    image="ruby",
    run=Command(argv=("ruby", "main.rb"), mode=CommandMode.FORKED, limits=Limits(cpu_s=5.0, wall_s=20.0)),
    # test-unit has the tests run when the interpreter ends, and none at all pass. Here its own runner runs
    # them where the program ends, in the same way, and there must be some that were not skipped.
    epilogue=Epilogue(
        code=f"""\
Test::Unit::AutoRunner.new(false).tap do |runner|
  result = nil
  listener = Object.new
  listener.define_singleton_method(:attach_to_mediator) do |mediator|
    mediator.add_listener(Test::Unit::UI::TestRunnerMediator::STARTED) {{ |started| result = started }}
  end
  runner.prepare
  runner.process_args(ARGV)
  runner.listeners << listener
  passed = runner.run
  if passed && result && result.run_count > 0 && result.pass_count == result.run_count
    IO.for_fd(3, 'w', autoclose: false).syswrite('{TOKEN_PLACEHOLDER}')
  end
  exit(passed)
end"""
    ),
    marks=Marks(
        syntax=(r"^main\.rb.*\(SyntaxError\)$",),
        memory=(r"\(NoMemoryError\)$", r"^NoMemoryError: ", r"^\[FATAL\] failed to allocate memory"),
        assertion=(r"^\d+ tests, \d+ assertions, [1-9]\d* failures, ",),
    ),
    cheats=Cheats(
        stub="  raise 'left out'\n",
        leave="  exit!(0)\n",
        forge="  IO.for_fd(3, 'w').syswrite('%s')\n  exit!(0)\n",
        end="end\n",
    ),
    self_tests=(
        SelfTest(
            name="echo",
            source="puts gets.chomp.reverse\n",
            stdin="olleh\n",
            stdout="hello",
            outcome=Outcome.PASSED,
        ),
        SelfTest(name="passes", source=BEFORE + "assert_equal(4, 2 + 2)" + AFTER, outcome=Outcome.PASSED),
        SelfTest(
            name="assertion", source=BEFORE + "assert_equal(5, 2 + 2)" + AFTER, outcome=Outcome.WRONG_ANSWER
        ),
        SelfTest(
            name="exception",
            source=BEFORE + "assert_equal(4, nil + 2)" + AFTER,
            outcome=Outcome.RUNTIME_ERROR,
        ),
        SelfTest(name="syntax", source="def broken(\n", outcome=Outcome.COMPILE_ERROR),
        SelfTest(name="endless-loop", source="loop {}\n", outcome=Outcome.TIMEOUT, cpu_s=2.0),
        SelfTest(
            name="memory-bomb",
            source="all = []\nloop { all << 'x' * (1 << 24) }\n",
            outcome=Outcome.MEMORY_LIMIT,
            memory_bytes=192 << 20,
        ),
        SelfTest(
            name="early-exit",
            source="exit 0\n" + BEFORE + "assert_equal(4, 2 + 2)" + AFTER,
            outcome=Outcome.INCOMPLETE,
        ),
        SelfTest(name="no-tests", source="require 'test/unit'\n", outcome=Outcome.INCOMPLETE),
    ),
)
