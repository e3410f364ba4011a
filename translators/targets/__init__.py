"""The target languages, one module each; ``target_languages`` finds them."""
