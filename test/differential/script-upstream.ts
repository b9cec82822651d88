import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What an upstream is to say to one message, word for word. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Written one after the other. */
  readonly chunks: readonly string[];
  /** Break off instead of ending. */
  readonly breaks?: boolean;
}

export interface ScriptUpstream {
  readonly url: string;
  stop(): Promise<void>;
}

/** An upstream that answers each message as the message itself prescribes: `params.answer`. */
export async function startScriptUpstream(): Promise<ScriptUpstream> {
  const server = createServer((request, response) => {
    const received: Buffer[] = [];
    request.on("data", (chunk: Buffer) => received.push(chunk));
    request.on("end", () => {
      const { status = 200, headers = {}, chunks, breaks } = answerIn(Buffer.concat(received));
      response.writeHead(status, headers);
      for (const chunk of chunks) response.write(chunk);
      // What was written must have left before the connection breaks.
      if (breaks) setTimeout(() => response.destroy(), 20);
      else response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answerIn(body: Buffer): ScriptedAnswer {
  const message = JSON.parse(body.toString("utf8") || "{}");
  return message.params?.answer ?? { status: 404, chunks: ["no answer is prescribed"] };
}
