import type { MessageInitShape } from "@bufbuild/protobuf";
import { GrpcClient } from "../../core/grpc/client.ts";
import { Backoff } from "../../core/service/backoff.ts";
import type { Logger } from "../../core/service/log.ts";
import {
  type AgentChanges,
  type AgentTable,
  ConfigService,
  type FreezeTable,
  type HelloSchema,
  type ServerPins,
  type Snapshot,
  type StreamConfigRequestSchema,
  type StreamConfigResponse,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";

export interface FollowConfigOptions {
  /** "host:port" of the control plane. */
  readonly address: string;
  readonly joinToken: string;
  /** Asked anew for each connection, and with each heartbeat. */
  readonly hello: () => MessageInitShape<typeof HelloSchema>;
  readonly log: Logger;
  /** Takes a snapshot into use. Returns what is wrong with it: then it is refused and the one before stays. */
  readonly applySnapshot: (snapshot: Snapshot) => readonly string[];
  readonly applyAgents?: (table: AgentTable) => void;
  /** Says whether they fit the table in use. Those that do not make us ask for the whole of it. */
  readonly applyAgentChanges?: (changes: AgentChanges) => boolean;
  /** Takes in which definitions of tools are accepted. */
  readonly applyPins?: (pins: ServerPins) => void;
  /** Takes in what operators have frozen. */
  readonly applyFreezes?: (table: FreezeTable) => void;
  /** Told how many proxies live. */
  readonly applyFleet?: (proxies: number) => void;
  /** Told whether the stream stands. */
  readonly onConnection?: (connected: boolean) => void;
  readonly heartbeatMs?: number;
}

type Request = MessageInitShape<typeof StreamConfigRequestSchema>;

const heartbeatMs = 5_000;

/**
 * Keeps a stream to the control plane open, again and again, until the returned function is called.
 * Losing it changes nothing: what was applied last stays in use.
 */
export function followConfig(options: FollowConfigOptions): () => void {
  const client = new GrpcClient({ address: options.address, token: options.joinToken });
  const backoff = new Backoff({ firstMs: 200, maxMs: 5_000 });
  let stopped = false;
  let endStream = () => {};
  let retry: NodeJS.Timeout | undefined;

  const connect = () => {
    const stream = client.open(ConfigService.method.streamConfig);
    let servingVersion = options.hello().servingVersion;
    const write = (event: NonNullable<Request["event"]>) =>
      void (stream.writable && stream.write({ event }));
    const heartbeat = setInterval(() => {
      const { auditKey = "" } = options.hello();
      write({ case: "heartbeat", value: { servingVersion: servingVersion ?? 0n, auditKey } });
    }, options.heartbeatMs ?? heartbeatMs);
    endStream = () => stream.cancel();

    stream.on("data", (response: StreamConfigResponse) => {
      backoff.reset();
      options.onConnection?.(true);
      if (!followAgents(response, options)) {
        stream.cancel();
        return;
      }
      const answer = apply(response, options);
      if (answer?.case === "ack") servingVersion = answer.value.version;
      if (answer) write(answer);
    });
    let ended = false;
    const onEnd = (error?: Error) => {
      if (ended) return;
      ended = true;
      clearInterval(heartbeat);
      options.onConnection?.(false);
      if (stopped) return;
      const inMs = backoff.nextMs();
      options.log.warn(
        { address: options.address, cause: error?.message, retryInMs: inMs },
        "the control plane does not answer; the last policy stays in use",
      );
      retry = setTimeout(connect, inMs);
    };
    stream.on("error", onEnd);
    stream.on("end", () => onEnd());
    write({ case: "hello", value: options.hello() });
  };

  connect();
  return () => {
    stopped = true;
    clearTimeout(retry);
    endStream();
    client.close();
  };
}

/** False: the stream must begin anew, with the whole table. */
function followAgents({ content }: StreamConfigResponse, options: FollowConfigOptions): boolean {
  if (content.case === "agents") options.applyAgents?.(content.value);
  if (content.case !== "agentChanges") return true;
  return options.applyAgentChanges?.(content.value) ?? true;
}

function apply(
  { nonce, content }: StreamConfigResponse,
  options: FollowConfigOptions,
): Extract<Request["event"], { case: "ack" | "nack" }> | undefined {
  if (content.case === "pins") options.applyPins?.(content.value);
  if (content.case === "freezes") options.applyFreezes?.(content.value);
  if (content.case === "fleet") options.applyFleet?.(content.value.proxies);
  if (content.case !== "snapshot") return undefined;
  const { version } = content.value;
  const problems = applySafely(content.value, options);
  if (problems.length === 0) return { case: "ack", value: { nonce, version } };
  options.log.error({ version: Number(version), problems }, "refused a policy version");
  return { case: "nack", value: { nonce, version, problems: [...problems] } };
}

/** A snapshot that makes us throw is refused like one with problems: the proxy goes on. */
function applySafely(snapshot: Snapshot, options: FollowConfigOptions): readonly string[] {
  try {
    return options.applySnapshot(snapshot);
  } catch (error) {
    options.log.error({ err: error }, "taking a policy version into use failed");
    return ["this proxy failed to take it into use; its log says why"];
  }
}
