# The same image serves web, worker and scheduler; see docker-compose.yml.
FROM python:3.13-slim AS build
COPY requirements/app.txt /tmp/app.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/app.txt
WORKDIR /app
COPY . .
RUN MSPGOV_HOME=/tmp/home /venv/bin/python manage.py build_fonts \
 && MSPGOV_HOME=/app/var /venv/bin/python manage.py collectstatic --noinput >/dev/null

FROM python:3.13-slim
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* && useradd --system --no-create-home mspgov
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MSPGOV_HOME=/app/var
USER mspgov
EXPOSE 8000
CMD ["gunicorn", "mspgov.wsgi", "--bind=0.0.0.0:8000", "--workers=3", "--threads=4", "--worker-tmp-dir=/dev/shm"]
