import type { Reply } from "../../call/reply.ts";
import type { CheckedLimit } from "../../call/trail.ts";
import type { Change } from "../../mcp/change.ts";
import { reviseJson } from "../../mcp/revise-json.ts";
import type { SseEvent } from "../../mcp/sse.ts";

interface ReplyOptions {
  readonly change: Change;
  /** The id under which the agent resumes after an event, for the one that the upstream gave. */
  readonly eventId: (id: string) => string | undefined;
}

/** The agent's reply as one upstream of several sees it: what goes through it gets the route's names. */
export class ReplyToAgent implements Reply {
  readonly #reply: Reply;
  readonly #options: ReplyOptions;

  constructor(reply: Reply, options: ReplyOptions) {
    this.#reply = reply;
    this.#options = options;
  }

  /** Without the upstream's headers: they name its own session. */
  openStream(): void {
    this.#reply.openStream();
  }

  showLimits(limits: readonly CheckedLimit[]): void {
    this.#reply.showLimits?.(limits);
  }

  async send(event: SseEvent): Promise<void> {
    await this.#reply.send(this.revise(event));
  }

  /** The event as the agent gets it. */
  revise({ id, data, ...others }: SseEvent): SseEvent {
    const eventId = id === undefined ? undefined : this.#options.eventId(id);
    return {
      ...others,
      ...(eventId !== undefined && { id: eventId }),
      ...(data !== undefined && {
        data: data === "" ? data : reviseJson(data, this.#options.change),
      }),
    };
  }
}

/** Passes on what is said on the way to an answer that is not the agent's own: it opens no stream by itself. */
export function onlyEvents(reply: Reply): Reply {
  return { openStream: () => {}, send: (event) => reply.send(event) };
}
