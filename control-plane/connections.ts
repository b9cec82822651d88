import type { Redis } from "ioredis";
import { connectRedis, type RedisPurpose } from "../core/redis/connect.ts";
import type { Lifecycle } from "../core/service/lifecycle.ts";
import type { Logger } from "../core/service/log.ts";

/** The control plane's connections to Redis: one per purpose, since each fails in its own way. */
export class Connections {
  readonly #url: string;
  readonly #log: Logger;

  constructor(options: { readonly url: string; readonly log: Logger }) {
    this.#url = options.url;
    this.#log = options.log;
  }

  open(purpose: RedisPurpose): Redis {
    return connectRedis(this.#url, purpose, (error) =>
      this.#log.warn({ purpose, cause: error.message }, "lost a connection to Redis; trying again"),
    );
  }

  /** Opens a connection that the lifecycle closes. */
  openFor(lifecycle: Lifecycle, purpose: RedisPurpose): Redis {
    return lifecycle.use(`redis (${purpose})`, this.open(purpose), (redis) => redis.disconnect());
  }
}
