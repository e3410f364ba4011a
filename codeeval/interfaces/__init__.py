"""What a benchmark, a model and a sandbox must offer and may offer: first-party ones and plug-ins alike."""

from codeeval.interfaces.abilities import (
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

__all__ = [
    "Benchmark",
    "BenchmarkBase",
    "BenchmarkFactory",
    "BenchmarkOptions",
    "Cheat",
    "ChecksReferences",
    "ComparesOutputs",
    "ComparesValues",
    "DataSource",
    "DatasetIdentity",
    "DerivedBenchmark",
    "MultiplEFormat",
    "GradesAnswers",
    "Support",
    "Capabilities",
    "LacksReferences",
    "ExcludesProblems",
    "LoadedProblems",
    "Model",
    "ModelFactory",
    "ModelInfo",
    "ModelSpec",
    "NeedsExpectedOutputs",
    "Price",
    "Sandbox",
    "SandboxLauncher",
    "SandboxOptions",
    "Scoring",
    "ShownExample",
    "ShowsExamples",
    "SpansImages",
    "StrategyInfo",
]
