"""Images: ``images.toml`` lists them, each has a folder with its Dockerfile."""
