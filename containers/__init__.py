"""Images and the runner that is the first process of every sandbox."""
