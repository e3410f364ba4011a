"""Loads a model with transformers and generates with it; everything here runs in one thread at a time."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final  # Any: torch and transformers are typed in places only

from codeeval.errors import ModelError, UsageError
from codeeval.models.chat_templates import Encoded, encode
from codeeval.models.hf.batching import Job, Watch
from codeeval.models.hub import hub_offline
from codeeval.models.weights import file_sha256
from codeeval.types import FinishReason

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from codeeval.interfaces import ModelSpec
    from codeeval.types import Prompt

_DTYPES: Final = ("float32", "bfloat16", "float16")
_NO_CONTEXT: Final = 1 << 20
"""Tokenizers without a limit state a number far above this."""


class Engine:
    """Tokenizer and, once needed, weights.

    Raises:
        UsageError: an option is wrong.
        ModelError: no such model, or one that this transformers cannot read.
    """

    def __init__(self, spec: ModelSpec) -> None:
        self._spec = spec
        self._folder = Path(spec.name).expanduser() if Path(spec.name).expanduser().is_dir() else None
        self._revision = spec.options.get("revision")
        self.device = _device(spec)
        self._dtype = _dtype(spec, self.device)
        self._tokenizer, self._config = self._read()
        self.identity = self._identify()
        self.context = _context(self._config, self._tokenizer)
        self._model: Any = None  # as above

    @property
    def has_template(self) -> bool:
        """Whether the model has a chat template."""
        return bool(self._tokenizer.chat_template)

    def encode(self, prompt: Prompt) -> Encoded:
        """Encode a prompt as tokens.

        Raises:
            ModelError: the chat template rejects it.
        """
        return encode(self._tokenizer, prompt, f"hf:{self._spec.name}")

    def generate(self, batch: Sequence[Job], closing: threading.Event) -> None:
        """Generate these jobs' texts.

        Raises:
            ModelError: the weights cannot be loaded, or the memory is too small for one sample.
        """
        import torch  # noqa: PLC0415 -- costs seconds

        if self._model is None:
            self._model = self._load()
        try:
            self._generate(batch, closing)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ModelError(
                    f"hf:{self._spec.name}: out of memory on {self.device} with one sample",
                    "Use a smaller dtype or model, or fewer tokens.",
                ) from error
            torch.cuda.empty_cache()
            middle = len(batch) // 2
            self.generate(batch[:middle], closing)
            self.generate(batch[middle:], closing)

    def _generate(self, batch: Sequence[Job], closing: threading.Event) -> None:
        longest = max(job.limit for job in batch)
        if late := [job for job in batch if len(job.ids) + longest > self.context]:
            # Beside the longest they would continue, as padding, past the last position that the model knows.
            self._generate([job for job in batch if job not in late], closing)
            self._generate(late, closing)
            return
        import torch  # noqa: PLC0415 -- as above
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList  # noqa: PLC0415

        from codeeval.models.hf.hooks import RowEnds, TokenSampler  # noqa: PLC0415 -- subclasses of transformers' own

        width = max(len(job.ids) for job in batch)
        padding = [width - len(job.ids) for job in batch]
        rows = list(zip(batch, padding, strict=True))
        ids = torch.tensor([[self._pad] * pad + job.ids for job, pad in rows], device=self.device)
        mask = torch.tensor([[0] * pad + [1] * len(job.ids) for job, pad in rows], device=self.device)
        watches = [Watch(job) for job in batch]
        ends = RowEnds(batch, watches, self._decode, width, closing)
        sampler = TokenSampler(batch, [random.Random(job.seed) for job in batch])  # noqa: S311 -- reproducible
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=GenerationConfig(
                    do_sample=False,
                    max_new_tokens=longest,
                    eos_token_id=self._eos,
                    pad_token_id=self._pad,
                ),
                logits_processor=LogitsProcessorList([sampler]),
                stopping_criteria=StoppingCriteriaList([ends]),
            )
        for row, job in enumerate(batch):
            generated = out[row, width:].tolist()[: ends.lengths.get(row, job.limit)]
            self._fill(job, generated, watches[row], stopped=row in ends.stopped)

    def _fill(self, job: Job, generated: list[int], watch: Watch, *, stopped: bool) -> None:
        end = next((n for n, token in enumerate(generated) if token in self._eos), None)
        job.tokens = len(generated) if end is None else end + 1
        job.finish_reason = FinishReason.LENGTH if end is None and not stopped else FinishReason.STOP
        job.text = job.opened + self._decode(generated[:end])
        job.reasoning_tokens = watch.answer_from

    def _decode(self, tokens: list[int]) -> str:
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _read(self) -> tuple[Any, Any]:  # as above
        from transformers import AutoConfig, AutoTokenizer  # noqa: PLC0415 -- costs seconds

        try:
            with hub_offline(offline=self._spec.offline):
                config = AutoConfig.from_pretrained(self._spec.name, **self._where())
                # What was read is what is loaded, whatever is uploaded meanwhile.
                self._revision = getattr(config, "_commit_hash", None) or self._revision
                return AutoTokenizer.from_pretrained(self._spec.name, **self._where()), config
        except (OSError, ValueError) as error:
            raise self._unreadable(error) from error

    def _load(self) -> Any:  # as above
        import torch  # noqa: PLC0415 -- as above
        from transformers import AutoModelForCausalLM, GenerationConfig  # noqa: PLC0415 -- as above
        from transformers.utils import logging  # noqa: PLC0415 -- as above

        logging.disable_progress_bar()  # the run has one of its own

        dtype = "auto" if self._dtype == "auto" else getattr(torch, self._dtype)
        try:
            with hub_offline(offline=self._spec.offline):
                model = AutoModelForCausalLM.from_pretrained(self._spec.name, dtype=dtype, **self._where())
            model = model.to(self.device).eval()
        except (OSError, ValueError, RuntimeError) as error:
            raise self._unreadable(error) from error
        self._stops_at(model.generation_config)
        # The checkpoint's own sampling defaults (penalties, top_k) are not used.
        model.generation_config = GenerationConfig(eos_token_id=self._eos, pad_token_id=self._pad)
        return model

    def _stops_at(self, theirs: Any) -> None:  # a GenerationConfig
        found = theirs.eos_token_id
        ends = [] if found is None else [found] if isinstance(found, int) else list(found)
        own = self._tokenizer.eos_token_id
        self._eos = list(dict.fromkeys([*ends, *([] if own is None else [own])]))
        pad = self._tokenizer.pad_token_id
        self._pad = pad if pad is not None else self._eos[0] if self._eos else 0

    def _where(self) -> dict[str, Any]:  # as above
        return {"revision": self._revision, "local_files_only": self._spec.offline}

    def _unreadable(self, error: Exception) -> ModelError:
        message = " ".join(str(error).split())[:300]
        return ModelError(
            f"hf:{self._spec.name} cannot be loaded: {message}",
            "It must be in the Hub's cache on this machine, or a folder: nothing is fetched offline."
            if self._spec.offline
            else "Check the name and the revision; a gated model needs `hf auth login` or HF_TOKEN.",
        )

    def _identify(self) -> dict[str, str]:
        dtype = self._dtype
        if dtype == "auto":
            dtype = str(self._config.dtype or "float32").removeprefix("torch.")
        known = {"device": self.device, "dtype": dtype}
        if self._folder is None:
            return known | {"revision": self._revision or "unknown"}
        files = sorted((*self._folder.glob("*.safetensors"), *self._folder.glob("*.bin")))
        return known | {f"sha256 of {file.name}": file_sha256(file, self._spec.cache_dir) for file in files}

    def free(self) -> None:
        """Free the weights."""
        self._model = None


def _device(spec: ModelSpec) -> str:
    import torch  # noqa: PLC0415 -- as above

    if named := spec.options.get("device"):
        try:
            return str(torch.device(named))
        except RuntimeError as error:
            raise UsageError(f"hf:{spec.name}: device={named} is not a device: {error}") from error
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(spec: ModelSpec, device: str) -> str:
    named = spec.options.get("dtype", "float32" if device == "cpu" else "auto")
    if named not in (*_DTYPES, "auto"):
        raise UsageError(f"hf:{spec.name}: dtype={named} is not known", f"Use {', '.join(_DTYPES)} or auto.")
    return named


def _context(config: Any, tokenizer: Any) -> int:  # as above
    inner = config.get_text_config()
    limits = [getattr(inner, "max_position_embeddings", None), tokenizer.model_max_length]
    return min((limit for limit in limits if limit and limit < _NO_CONTEXT), default=_NO_CONTEXT)
