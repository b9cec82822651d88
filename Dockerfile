# One image for every process of the gateway; the command says which (deploy/siem/compose.yaml shows one).
FROM node:24-bookworm-slim AS build
WORKDIR /gateway
COPY . .
RUN node cli/bootstrap.mjs install && npm run build && npm prune --omit=dev --no-save --ignore-scripts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /gateway
COPY package.json LICENSE ./
COPY --from=build /gateway/node_modules node_modules
COPY --from=build /gateway/dist dist
USER node
# dist/control-plane/main.js, dist/data-plane/main.js, dist/data-plane/upstreams/bridge/main.js or dist/control-plane/export/main.js
ENTRYPOINT ["node"]
CMD ["dist/control-plane/main.js"]
