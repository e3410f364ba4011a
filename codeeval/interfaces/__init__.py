"""What a benchmark, a model and a sandbox must offer and may offer: first-party ones and plug-ins alike."""

from codeeval.interfaces.abilities import (
    BENCHMARK_ABILITIES,
    MODEL_ABILITIES,
    ChecksReferences,
    ComparesOutputs,
    ComparesValues,
    DerivedBenchmark,
    ExcludesProblems,
    GradesAnswers,
    LacksReferences,
    MultiplEFormat,
    NeedsExpectedOutputs,
    ShownExample,
    ShowsExamples,
    SpansImages,
)
from codeeval.interfaces.base import BenchmarkBase
from codeeval.interfaces.batches import BatchItem, BatchResult, BatchStatus, SupportsBatches
from codeeval.interfaces.benchmark import (
    Benchmark,
    BenchmarkFactory,
    BenchmarkOptions,
    Cheat,
    DatasetIdentity,
    DataSource,
    LoadedProblems,
    Scoring,
)
from codeeval.interfaces.model import Capabilities, Model, ModelFactory, ModelInfo, ModelSpec, Price, Support
from codeeval.interfaces.sandbox import Sandbox, SandboxLauncher, SandboxOptions
from codeeval.interfaces.strategy import StrategyInfo
from codeeval.interfaces.translation import ExcludedTest, PythonSource, Sourced, Translatable

__all__ = [
    "BENCHMARK_ABILITIES",
    "MODEL_ABILITIES",
    "BatchItem",
    "BatchResult",
    "BatchStatus",
    "Benchmark",
    "BenchmarkBase",
    "BenchmarkFactory",
    "BenchmarkOptions",
    "Capabilities",
    "Cheat",
    "ChecksReferences",
    "ComparesOutputs",
    "ComparesValues",
    "DataSource",
    "DatasetIdentity",
    "DerivedBenchmark",
    "ExcludedTest",
    "ExcludesProblems",
    "GradesAnswers",
    "LacksReferences",
    "LoadedProblems",
    "Model",
    "ModelFactory",
    "ModelInfo",
    "ModelSpec",
    "MultiplEFormat",
    "NeedsExpectedOutputs",
    "Price",
    "PythonSource",
    "Sandbox",
    "SandboxLauncher",
    "SandboxOptions",
    "Scoring",
    "ShownExample",
    "ShowsExamples",
    "Sourced",
    "SpansImages",
    "StrategyInfo",
    "Support",
    "SupportsBatches",
    "Translatable",
]
