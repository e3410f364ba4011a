"""A causal language model for ``hf:`` made on the spot: a tokenizer trained here, and random weights."""

# ruff: noqa: PLC0415 -- torch, only where a test wants it

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEXT = ("def add(a, b):\n    return a + b\n```python\n", "Write a function that adds. 你好, 世界 😀")
TEMPLATE = (
    "{% for m in messages %}"
    "{% if m.role == 'system' %}{{ raise_exception('no system turn, please') }}{% endif %}"
    "<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def build_tiny_model(
    folder: Path, *, template: str | None = TEMPLATE, context: int = 4096, learned: bool = False
) -> Path:
    """Write a model of 40,000 weights; its generation settings should be ignored.

    With ``learned`` positions it fails beyond its context, where the other continues.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import (
        GPT2Config,
        GPT2LMHeadModel,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )
    from transformers.utils import logging

    logging.disable_progress_bar()
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|end|>", "<|user|>", "<|assistant|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator([text * 3 for text in TEXT], trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>", model_max_length=context)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        shared = {"vocab_size": len(tokenizer), "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
        gpt2 = GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=context, **shared)
        model = (
            GPT2LMHeadModel(gpt2)
            if learned
            else LlamaForCausalLM(
                LlamaConfig(
                    **shared,
                    hidden_size=32,
                    intermediate_size=64,
                    num_hidden_layers=2,
                    num_attention_heads=4,
                    max_position_embeddings=context,
                )
            )
        )
    model.generation_config.repetition_penalty = 5.0
    model.save_pretrained(folder)
    return folder
