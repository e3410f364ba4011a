"""Serves a run's model on the nodes of a Ray cluster, for as long as the run takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from codeeval.cluster.ray_cluster import Connection
from codeeval.cluster.replicas import Replicas
from codeeval.errors import UsageError
from codeeval.models.openai.model import OpenAIModel
from codeeval.models.routing import Router

if TYPE_CHECKING:
    from codeeval.interfaces import ModelInfo, ModelSpec
    from codeeval.session.hooks import Notes
    from codeeval.session.settings import ModelOptions
    from codeeval.types import Completion, Prompt, Sampling

VLLM: Final = "vllm serve {model} --host {host} --port {port}"
BACKEND: Final = "openai"
PLACE: Final = "http://replicas/v1"
"""Stands for all servers: a run that is resumed has others."""


class ServedModel:
    """A model whose servers are its own.

    Args:
        spec: ``openai:NAME``, without a URL.
        options: how it is served.
        notes: receives what a user should know, a line each.

    Raises:
        UsageError: the model is not of the kind that is served, or has a server already.
        SandboxError: Ray is missing, or the cluster does not answer.
        ModelError: no server becomes well.
    """

    def __init__(self, spec: ModelSpec, options: ModelOptions, notes: Notes) -> None:
        if spec.backend != BACKEND or spec.base_url:
            raise UsageError(
                f"--replicas and --serve-command serve openai:NAME, not {spec.backend}:{spec.name}",
                "Write --model openai:NAME without a URL.",
            )
        command = options.serve_command or VLLM
        if "{port}" not in command:
            raise UsageError(
                f"--serve-command {command!r} does not state on which port",
                f"Write {{port}}, {{host}} and {{model}} where they belong: {VLLM}",
            )
        router = Router()
        count = options.replicas or 1
        replicas = Replicas(
            Connection(options.serve_on),
            command=command,
            model=spec.name,
            count=count,
            gpus=options.replica_gpus,
            update=router.update,
            notes=notes,
        )
        notes(f"serving {spec.name}, {count} replicas: {command}")
        replicas.start(options.serve_wait_s)
        self._replicas = replicas
        self._model = OpenAIModel(msgspec.structs.replace(spec, base_url=PLACE), router)
        self.router = router

    @property
    def info(self) -> ModelInfo:
        """Identity and capabilities."""
        return self._model.info

    async def complete(self, prompt: Prompt, sampling: Sampling, samples: range) -> list[Completion]:
        """Generate the samples on whichever server has the least to do."""
        return await self._model.complete(prompt, sampling, samples)

    async def aclose(self) -> None:
        """End the connections, and the servers."""
        await self._model.aclose()
        await asyncio.to_thread(self._replicas.close)
