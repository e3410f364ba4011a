"""``hf:``: models of the Hugging Face Hub in this process, through transformers."""
