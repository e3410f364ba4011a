# codeeval serve in a container. Build it from the repository's root:
#
#   docker build -f containers/serve/service.Dockerfile -t codeeval-serve .
#
# Its sandboxes are containers beside it (mount the engine's socket), or bubblewrap's inside it (docs/serve.md).
FROM python:3.12-slim-bookworm

COPY . /src
RUN pip install --no-cache-dir --constraint /src/constraints.txt '/src[serve,local]' \
    && rm -rf /src \
    && useradd --create-home --uid 10001 codeeval
USER codeeval
WORKDIR /home/codeeval
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=35s --start-period=60s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=5)"]
ENTRYPOINT ["codeeval", "serve", "--host", "0.0.0.0", "--port", "8080", "--token", "/run/secrets/codeeval-token"]
CMD ["--languages", "python"]
