# One image for every program: docker build --build-arg APP=ingestion -t touchline/ingestion .
# APP is a folder of apps/: ingestion, identity, journey, metrics, cli (the commands), standalone.
# BASE gives Node 24 with npm: the official image, or one that deploy/local-images makes without a registry of images. The
# package `node` of npm, which runs everything elsewhere, stays out: a runtime is patched with its base image.
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No script of a package runs. What is optional are Postgres binaries for embedding and compilers: not for an image.
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY libs libs
COPY apps apps
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json && rm -f dist/.tsbuildinfo \
  && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error

FROM ${BASE}
ENV NODE_ENV=production HOST=0.0.0.0 TOUCHLINE_DATA_DIR=/tmp/touchline
WORKDIR /app
COPY package.json ./
COPY apps/cli/data apps/cli/data
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
ENTRYPOINT ["node", "--enable-source-maps", "main.js"]
# The version, the commit that it was built from, and where that is found.
ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.description="Every channel's customer interactions on one timeline, with exact, explainable journeys and KPIs" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.source="${SOURCE}" \
  org.opencontainers.image.licenses="LicenseRef-UNLICENSED"
# Last, so that the images of all programs share every layer before.
ARG APP=standalone
RUN test -f dist/apps/${APP}/src/main.js && ln -s dist/apps/${APP}/src/main.js main.js
LABEL org.opencontainers.image.title="touchline/${APP}"
USER 10001:10001
