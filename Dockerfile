# One image for the web server, the worker, the dispatcher and the migrations.
FROM python:3.11-slim AS packages
WORKDIR /app
RUN python -m venv .venv
COPY requirements-build.lock requirements.lock ./
# In two steps, as the Makefile does it: what builds the packages is pinned like the packages.
RUN .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-input \
        --no-deps --require-hashes --no-build-isolation --use-pep517 -r requirements-build.lock \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-input \
        --no-deps --require-hashes --no-build-isolation --use-pep517 -r requirements.lock

FROM python:3.11-slim
# glibc keeps a heap for each few threads otherwise, and what one frees the others cannot use.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin fairwind \
    && install --directory --owner=fairwind --group=fairwind /instance
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY webapp webapp
COPY worker worker
COPY templates templates
COPY static static
COPY migrations migrations
RUN python -m compileall -q webapp worker migrations
USER fairwind
EXPOSE 8000
CMD ["python", "-m", "webapp.serve", "--host", "0.0.0.0", "--processes", "2", "--threads", "4"]
