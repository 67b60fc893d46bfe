# Two stages: what builds is left behind, what runs is one binary, certificates and nothing that can be logged into.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --locked --profile dist --bin zapys && cp target/dist/zapys /zapys

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data zapys && install -d -o zapys -g zapys -m 0700 /data
COPY --from=build /zapys /usr/local/bin/zapys
USER zapys
WORKDIR /data
VOLUME /data
# All addresses: the container's network decides who can reach it. Metrics stay inside of it unless published.
ENV ZAPYS__HTTP__BIND=0.0.0.0:8080 \
    ZAPYS__METRICS__BIND=0.0.0.0:9464 \
    ZAPYS__DATA__DIRECTORY=/data \
    ZAPYS__LOG__FORMAT=json
EXPOSE 8080 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD curl -fsS http://127.0.0.1:8080/health/ready || exit 1
# Longer than http.shutdown_seconds is what the supervisor must allow (docker stop --time 40).
STOPSIGNAL SIGTERM
ENTRYPOINT ["zapys"]
CMD ["serve"]
