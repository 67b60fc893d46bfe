# What builds is left behind; what runs is one binary, certificates and nothing that can be logged into.
FROM node:20-bookworm-slim AS web
WORKDIR /build/web/explorer
COPY web/explorer/package.json web/explorer/package-lock.json web/explorer/.npmrc ./
RUN npm ci --ignore-scripts
COPY web/explorer ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
COPY --from=web /build/web/dist web/dist
ENV ZAPYS_WEB=required
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --locked --profile dist --bin zapys && cp target/dist/zapys /zapys

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data zapys && install -d -o zapys -g zapys -m 0700 /data
COPY --from=build /zapys /usr/local/bin/zapys
USER zapys
WORKDIR /data
VOLUME /data
# An image is for serving: no query page and no schema for strangers, unless a setting says otherwise.
# All addresses: the container's network decides who can reach it. Metrics stay inside of it unless published.
ENV ZAPYS__PROFILE=production \
    ZAPYS__HTTP__BIND=0.0.0.0:8080 \
    ZAPYS__METRICS__BIND=0.0.0.0:9464 \
    ZAPYS__DATA__DIRECTORY=/data \
    ZAPYS__LOG__FORMAT=json
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD curl -fsS http://127.0.0.1:8080/health/ready || exit 1
# Longer than http.shutdown_seconds is what the supervisor must allow (docker stop --time 40).
STOPSIGNAL SIGTERM
ENTRYPOINT ["zapys"]
CMD ["serve"]
