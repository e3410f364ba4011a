"""SandboxFusion's judge: ``/submit`` and the routes about datasets.

A request brings its row (``provided_data``), so the service needs no dataset; without one, a dataset is a
benchmark by its name here. A candidate is judged as everywhere in codeeval: its tests must run to their end.
``custom_extract_logic`` is a program of the client's that finds the code; SandboxFusion executes it in the
server, and it is refused here.

Source: SandboxFusion, sandbox/server/online_judge_api.py, sandbox/datasets (humaneval.py, autoeval.py,
common_oj.py, mbpp.py) and docs/docs/reference/dataset_types.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec

from codeeval import Case, Comparison, ExecutionRequest, Outcome, Submission
from codeeval.benchmarks.common.answers import find_program
from codeeval.benchmarks.common.signatures import definition
from codeeval.errors import DataError, UnknownName, UsageError
from codeeval.extraction import NO_CODE_RULE
from codeeval.languages import PYTHON
from codeeval.languages import language as find_language
from codeeval.registry import Group, names
from codeeval.serve.endpoint import Endpoint
from codeeval.serve.failures import Failure
from codeeval.serve.fusion import (
    CommandRunResult,
    CommandStatus,
    RunCodeResponse,
    RunStatus,
    Seconds,
    command_of,
    fusion_failure,
    language_of,
    limits_of,
    response_of,
)
from codeeval.session.hooks import apart, in_thread
from codeeval.session.requests import Clock
from codeeval.types import StepResult

if TYPE_CHECKING:
    from codeeval import CaseResult, Evaluator, ExecutionResult, Verdict
    from codeeval.serve.endpoint import Asked
    from codeeval.serve.service import Service

T = TypeVar("T")
Row = dict[str, Any]  # Any: a row of a dataset that the client brings
RUN_S: Final = 20.0
"""Time-out of a submission that names none."""
FLOAT_TOLERANCE: Final = 1e-5
ALIASES: Final = {"humaneval_python": "humaneval"}
"""SandboxFusion's names of datasets, where the benchmark here has another."""


class DatasetType(enum.StrEnum):
    """What a row holds, and how its prompt and its tests are made."""

    HUMANEVAL = "HumanEvalDataset"
    AUTO_EVAL = "AutoEvalDataset"
    COMMON_OJ = "CommonOJDataset"
    MBPP = "MBPPDataset"


class ExtractedType(enum.StrEnum):
    """Where the code of a completion was found."""

    FENCED = "fenced"
    INCOMPLETE_FENCED = "incomplete_fenced"
    HEURISTIC = "heuristic"
    EMPTY = "empty"


EXTRACTED: Final = {
    "fence": ExtractedType.FENCED,
    "open-fence": ExtractedType.INCOMPLETE_FENCED,
    NO_CODE_RULE: ExtractedType.EMPTY,
}
"""By the extraction rule that fired; all others are heuristics."""


class TestConfig(msgspec.Struct, kw_only=True):
    """How a dataset is to be used."""

    dataset_type: str | None = None
    language: str | None = None
    locale: str | None = None
    is_fewshot: bool | None = None
    compile_timeout: Seconds | None = None
    run_timeout: Seconds | None = None
    custom_extract_logic: str | None = None
    provided_data: Row | list[Row] | None = None
    extra: Row = {}


class DatasetRequest(msgspec.Struct, kw_only=True):
    """A dataset, or some of its prompts."""

    dataset: str
    config: TestConfig = msgspec.field(default_factory=TestConfig)
    offset: int = 0
    limit: int = 1_000_000


class PromptRequest(msgspec.Struct, kw_only=True):
    """One task of a dataset."""

    dataset: str
    id: int | str
    config: TestConfig = msgspec.field(default_factory=TestConfig)


class SubmitRequest(msgspec.Struct, kw_only=True):
    """A completion of a task."""

    dataset: str
    id: int | str
    completion: str
    config: TestConfig = msgspec.field(default_factory=TestConfig)


class Prompt(msgspec.Struct, kw_only=True):
    """What a model is asked."""

    id: int | str
    prompt: str | list[dict[str, str]]
    labels: Row = {}


class TestCase(msgspec.Struct, kw_only=True):
    """One test, and how it went."""

    passed: bool
    exec_info: RunCodeResponse
    test_info: Row | None = None


class EvalResult(msgspec.Struct, kw_only=True):
    """The judgement on a completion."""

    id: int | str
    accepted: bool
    extracted_code: str
    full_code: str | None = None
    test_code: str | None = None
    tests: list[TestCase] = []
    extracted_type: ExtractedType | None = None
    extra: Row | None = None


class MetricsRequest(msgspec.Struct, kw_only=True):
    """Judgements to be summed up."""

    dataset: str
    results: list[Row]
    config: TestConfig = msgspec.field(default_factory=TestConfig)


class Extracted(NamedTuple):
    """The code of a completion."""

    code: str
    type: ExtractedType


async def list_datasets(_service: Service, _asked: Asked) -> list[str]:
    """Name the benchmarks."""
    return sorted(names(Group.BENCHMARKS))


async def list_ids(service: Service, asked: Asked) -> list[int | str]:
    """Name the tasks of a dataset."""
    return [prompt.id for prompt in await _prompts(service, asked.body.dataset, asked.body.config)]


async def get_prompts(service: Service, asked: Asked) -> list[Prompt]:
    """Return prompts of a dataset."""
    body: DatasetRequest = asked.body
    if body.offset < 0 or body.limit < 0:
        raise UsageError("offset and limit must not be below 0")
    prompts = await _prompts(service, body.dataset, body.config)
    return prompts[body.offset : body.offset + body.limit]


async def get_prompt_by_id(service: Service, asked: Asked) -> Prompt:
    """Return the prompt of one task."""
    body: PromptRequest = asked.body
    if isinstance(body.config.provided_data, dict):
        return _prompt(body.config.provided_data, body.dataset, body.config)
    for prompt in await _prompts(service, body.dataset, body.config):
        if str(prompt.id) == str(body.id):
            return prompt
    raise Failure(400, "unknown_task", f"{body.dataset:.100} has no task {body.id!r:.100}")


async def get_metrics(_service: Service, asked: Asked) -> Row:
    """Sum judgements up: the share that was accepted."""
    results = asked.body.results
    accepted = sum(result.get("accepted") is True for result in results)
    return {
        "count": len(results),
        "accepted": accepted,
        "pass@1": accepted / len(results) if results else 0.0,
    }


async def get_metrics_function(_service: Service, _asked: Asked) -> Row:
    """Return no function: clients would execute it."""
    return {"function": None}


async def submit(service: Service, asked: Asked) -> EvalResult:
    """Judge a completion."""
    body: SubmitRequest = asked.body
    if body.config.custom_extract_logic:
        raise Failure(
            400,
            "refused",
            "custom_extract_logic is a program that would run in the server",
            "Extract the code on the client's side, and submit it in a fenced block.",
        )
    row = body.config.provided_data
    if row is None:
        return await _submitted(service, body, asked)
    if not isinstance(row, dict):
        raise UsageError("provided_data must be one row", "Submit each task by itself.")
    match _dataset_type(body.dataset, body.config):
        case DatasetType.COMMON_OJ:
            return await _common_oj(service, body, row, asked)
        case DatasetType.AUTO_EVAL:
            return await _auto_eval(service, body, row, asked)
        case DatasetType.MBPP:
            tests = "\n".join([_labels(row).get("test_setup_code") or "", *_parsed(row, "test", list)])
            return await _with_tests(service, body, asked, language=PYTHON.id, tests=tests)
        case DatasetType.HUMANEVAL:
            return await _humaneval(service, body, row, asked)


async def _humaneval(service: Service, body: SubmitRequest, row: Row, asked: Asked) -> EvalResult:
    language = language_of(
        body.config.language or _text(_labels(row), "programming_language", "python"), service
    )
    tests = _text(row, "test", "") or _text(row, "tests")
    entry_point = _text(row, "entry_point", "") or _text(_labels(row), "entry_point", "")
    if language == PYTHON.id and entry_point:
        tests = f"{tests}\ncheck({entry_point})\n"
    prompt = _text(row, "prompt", "") or _text(row, "content", "")
    return await _with_tests(
        service, body, asked, language=language, tests=tests, entry_point=entry_point, prompt=prompt
    )


async def _auto_eval(service: Service, body: SubmitRequest, row: Row, asked: Asked) -> EvalResult:
    labels, test = _labels(row), _parsed(row, "test", dict)
    written = body.config.language or _text(labels, "programming_language", "python")
    language = language_of(_text(labels, "execution_language", "") or written, service)
    files = {
        path: msgspec.convert(text, bytes, strict=False) for path, text in (test.get("asset") or {}).items()
    }
    return await _with_tests(service, body, asked, language=language, tests=_text(test, "code"), files=files)


async def _with_tests(
    service: Service,
    body: SubmitRequest,
    asked: Asked,
    *,
    language: str,
    tests: str,
    entry_point: str = "",
    prompt: str = "",
    files: dict[str, bytes] | None = None,
) -> EvalResult:
    """Judge by code that follows the candidate's.

    A prompt that begins a program is put before code that only continues it.
    """
    found = await _extracted(body.completion, language, entry_point)
    code = found.code
    if prompt and entry_point and definition(code, entry_point) < 0:
        code = f"{prompt}{code}"
    request = ExecutionRequest(
        code,
        language,
        tests=tests,
        entry_point=entry_point if language == PYTHON.id else "",
        files=files or {},
        **_limits(body.config),
    )
    try:
        result = await service.execute(request, asked.caller)
    except DataError:  # tests without the shape that proves their end: the protocol takes the exit status
        whole = msgspec.structs.replace(request, code=f"{code}\n{tests}", tests="", entry_point="")
        result = await service.execute(whole, asked.caller)
    return EvalResult(
        id=body.id,
        accepted=result.passed,
        extracted_code=found.code,
        full_code=f"{code}\n{tests}",
        test_code=tests,
        tests=[TestCase(passed=result.passed, exec_info=_decided(result))],
        extracted_type=found.type,
    )


async def _common_oj(service: Service, body: SubmitRequest, row: Row, asked: Asked) -> EvalResult:
    if not body.config.language:
        raise Failure(400, "no_language", "CommonOJDataset needs config.language")
    language = language_of(body.config.language, service)
    found = await _extracted(body.completion, language, "")
    tests = _parsed(row, "test", list)
    try:
        cases = tuple(
            Case(stdin=test["input"].get("stdin", ""), expected=test["output"].get("stdout", ""))
            for test in tests
        )
    except (KeyError, TypeError, AttributeError):
        raise UsageError("a test is {input: {stdin}, output: {stdout}}") from None
    if not cases:
        raise UsageError("provided_data.test is empty", "Give at least one test.")
    request = ExecutionRequest(
        found.code,
        language,
        cases=cases,
        comparison=Comparison(name="caseless", tolerance=FLOAT_TOLERANCE),
        stop_at_failure=not body.config.extra.get("run_all_cases"),
        **_limits(body.config),
    )
    result = await service.execute(request, asked.caller)
    shown = [
        TestCase(passed=case.outcome is Outcome.PASSED, exec_info=_of_case(case), test_info=tests[case.index])
        for case in result.cases
    ]
    return EvalResult(
        id=body.id,
        accepted=result.passed,
        extracted_code=found.code,
        full_code=found.code,
        tests=shown or [TestCase(passed=False, exec_info=_decided(result))],
        extracted_type=found.type,
    )


async def _submitted(service: Service, body: SubmitRequest, asked: Asked) -> EvalResult:
    """Judge a completion of a benchmark's task, as a run does."""
    evaluator = await _evaluator(service, body.dataset)
    protocol_id = str(body.id)
    submission = Submission(protocol_id, body.completion)
    verdict = await service.evaluate(evaluator, submission, asked.caller)
    program = await apart(len(body.completion), lambda: evaluator.program(submission))
    return EvalResult(
        id=body.id,
        accepted=verdict.passed,
        extracted_code=program.extraction.code,
        full_code=program.solution,
        tests=[TestCase(passed=verdict.passed, exec_info=_of_verdict(verdict))],
        extracted_type=EXTRACTED.get(verdict.rule, ExtractedType.HEURISTIC),
        extra={"outcome": verdict.outcome.value, "detail": verdict.detail},
    )


async def _prompts(service: Service, dataset: str, config: TestConfig) -> list[Prompt]:
    rows = config.provided_data
    if rows is not None:
        return [_prompt(row, dataset, config) for row in (rows if isinstance(rows, list) else [rows])]
    evaluator = await _evaluator(service, dataset)
    return await in_thread(lambda: [_rendered(evaluator, task_id) for task_id in evaluator.problems])


def _rendered(evaluator: Evaluator, task_id: str) -> Prompt:
    prompt = evaluator.prompt(task_id)
    messages = [{"role": each.role.value, "content": each.content} for each in prompt.messages]
    return Prompt(id=task_id, prompt=messages or prompt.text)


async def _evaluator(service: Service, dataset: str) -> Evaluator:
    try:
        return await service.evaluator(ALIASES.get(dataset, dataset))
    except UnknownName:
        raise Failure(
            400,
            "unknown_dataset",
            f"dataset {dataset!r:.100} is none of /list_datasets, and the request has no provided_data",
            "Send the row as config.provided_data, and name config.dataset_type.",
        ) from None


def _dataset_type(dataset: str, config: TestConfig) -> DatasetType:
    named = config.dataset_type
    if named is None:
        known = {"humaneval": DatasetType.HUMANEVAL, "mbpp": DatasetType.MBPP}
        for part, found in known.items():
            if part in dataset.lower():
                return found
    try:
        return DatasetType(named or "")
    except ValueError:
        raise Failure(
            400,
            "unknown_dataset",
            f"dataset {dataset!r:.100} is unknown, and config.dataset_type is {named!r:.100}",
            f"Known types: {', '.join(DatasetType)}.",
        ) from None


def _prompt(row: Row, dataset: str, config: TestConfig) -> Prompt:
    id_ = next((row[name] for name in ("id", "task_id", "name") if name in row), 0)
    if not isinstance(id_, int | str):
        raise UsageError("provided_data.id is neither a number nor a string")
    if _dataset_type(dataset, config) is DatasetType.HUMANEVAL and "prompt" in row:
        return Prompt(id=id_, prompt=_text(row, "prompt"), labels=_labels(row))
    return Prompt(id=id_, prompt=_text(row, "content"), labels=_labels(row))


async def _extracted(completion: str, language: str, entry_point: str) -> Extracted:
    written_in = find_language(language)
    found = await apart(len(completion), lambda: find_program(completion, written_in, entry_point))
    return Extracted(found.code, EXTRACTED.get(found.rule, ExtractedType.HEURISTIC))


def _limits(config: TestConfig) -> Row:
    return {
        "limits": limits_of(config.run_timeout or RUN_S, -1, Clock.WALL),
        "compile_limits": limits_of(config.compile_timeout or RUN_S, -1, Clock.WALL),
        "clock": Clock.WALL,
    }


def _decided(result: ExecutionResult) -> RunCodeResponse:
    """State a result whose tests decide: a run that exits with 0 before they end has failed, too."""
    response = response_of(result)
    if response.status is RunStatus.SUCCESS and not result.passed:
        response.status, response.message = RunStatus.FAILED, result.detail
    return response


def _of_case(case: CaseResult) -> RunCodeResponse:
    step = StepResult(
        name="run",
        status=case.status,
        exit_code=case.exit_code,
        signal=case.signal,
        stdout=case.output,
        wall_s=case.wall_s,
    )
    run = command_of(step, case.detail)
    ok = run.status is CommandStatus.FINISHED and run.return_code == 0
    return RunCodeResponse(
        status=RunStatus.SUCCESS if ok else RunStatus.FAILED, message=case.detail, run_result=run
    )


def _of_verdict(verdict: Verdict) -> RunCodeResponse:
    run = CommandRunResult(
        status=CommandStatus.TIME_LIMIT_EXCEEDED
        if verdict.outcome is Outcome.TIMEOUT
        else CommandStatus.FINISHED,
        execution_time=verdict.wall_s,
        stdout=verdict.stdout,
        stderr=verdict.stderr,
        return_code=0 if verdict.passed else None if verdict.outcome is Outcome.TIMEOUT else 1,
    )
    if verdict.outcome is Outcome.SANDBOX_ERROR:
        return RunCodeResponse(status=RunStatus.SANDBOX_ERROR, message=verdict.detail)
    status = RunStatus.SUCCESS if verdict.passed else RunStatus.FAILED
    return RunCodeResponse(status=status, message=verdict.detail, run_result=run)


def _labels(row: Row) -> Row:
    return _parsed(row, "labels", dict) if row.get("labels") else {}


def _parsed(row: Row, name: str, kind: type[T]) -> T:
    """Return a field that is an object, or one as JSON.

    Raises:
        UsageError: it is neither.
    """
    value = row.get(name)
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            raise UsageError(f"provided_data.{name} is not JSON: {error}") from None
    if not isinstance(value, kind):
        raise UsageError(f"provided_data.{name} is not a JSON {'object' if kind is dict else 'array'}")
    return value


def _text(row: Row, name: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if not isinstance(value, str):
        raise UsageError(f"provided_data.{name} is not a string")
    return value


ENDPOINTS: Final = (
    Endpoint(
        "GET", "/list_datasets", "SandboxFusion: benchmarks", None, list[str], list_datasets, fusion_failure
    ),
    Endpoint(
        "POST",
        "/list_ids",
        "SandboxFusion: tasks of a dataset",
        DatasetRequest,
        list[int | str],
        list_ids,
        fusion_failure,
    ),
    Endpoint(
        "POST",
        "/get_prompts",
        "SandboxFusion: prompts of a dataset",
        DatasetRequest,
        list[Prompt],
        get_prompts,
        fusion_failure,
    ),
    Endpoint(
        "POST",
        "/get_prompt_by_id",
        "SandboxFusion: one prompt",
        PromptRequest,
        Prompt,
        get_prompt_by_id,
        fusion_failure,
    ),
    Endpoint(
        "POST",
        "/submit",
        "SandboxFusion: judge a completion",
        SubmitRequest,
        EvalResult,
        submit,
        fusion_failure,
    ),
    Endpoint(
        "POST",
        "/get_metrics",
        "SandboxFusion: sum judgements up",
        MetricsRequest,
        dict[str, Any],  # Any: numbers by name
        get_metrics,
        fusion_failure,
    ),
    Endpoint(
        "POST",
        "/get_metrics_function",
        "SandboxFusion: always none",
        DatasetRequest,
        dict[str, Any],  # Any: null
        get_metrics_function,
        fusion_failure,
    ),
)
