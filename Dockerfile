# The server in a container: one binary on a small Debian, no shell tools needed at run time,
# no root, and a root file system that may be read-only.
#
#   docker build -t dieuphoi .
#   docker run --rm -p 8080:8080 -v dieuphoi:/var/lib/dieuphoi dieuphoi
#
# For a real deployment see docker-compose.yml and docs/operations.md. Pin the two images by
# digest in your own registry before you go live.

FROM rust:1.95-bookworm AS builder
# make, perl and the C compiler build the libraries inside the binary: SQLite, PostgreSQL's client
# and the OpenSSL below it. The image has them; the line says so and fails early if that changes.
RUN make --version >/dev/null && perl -v >/dev/null && cc --version >/dev/null
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY migrations migrations
COPY notify notify
COPY playbooks playbooks
COPY server server
COPY tests/Cargo.toml tests/Cargo.toml
COPY tests/src tests/src
ENV CARGO_INCREMENTAL=0
RUN cargo build --release --locked --package dieuphoi --bin dieuphoi
RUN install -d -m 0750 /empty/evidence

FROM debian:bookworm-slim
# Mail servers are checked against the system's certificate authorities.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 dieuphoi \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/dieuphoi --shell /usr/sbin/nologin dieuphoi
COPY --from=builder /build/target/release/dieuphoi /usr/local/bin/dieuphoi
# A new named volume takes over the folder with its owner.
COPY --from=builder --chown=10001:10001 /empty /var/lib/dieuphoi

ENV DIEUPHOI_SERVER__LISTEN=0.0.0.0:8080 \
    DIEUPHOI_DATABASE__URL=sqlite:/var/lib/dieuphoi/dieuphoi.sqlite \
    DIEUPHOI_EVIDENCE__FOLDER=/var/lib/dieuphoi/evidence \
    DIEUPHOI_LOG__FORMAT=json
USER 10001:10001
WORKDIR /var/lib/dieuphoi
VOLUME ["/var/lib/dieuphoi"]
EXPOSE 8080
STOPSIGNAL SIGTERM
# The binary asks itself: no curl in the image.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["dieuphoi", "health", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["dieuphoi"]
CMD ["serve"]
