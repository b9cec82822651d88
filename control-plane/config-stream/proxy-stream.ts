import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Nack,
  StreamConfigRequest,
  StreamConfigResponseSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { FleetRow } from "../fleet/fleet-store.ts";
import type { ConfigWatch } from "./config-watch.ts";

export type StreamMessage = MessageInitShape<typeof StreamConfigResponseSchema>;

type StreamedConfig = Pick<ConfigWatch, "snapshot" | "agents" | "proxies" | "pins" | "freezes">;

/** What a message of the proxy says about it. */
export type Report = Partial<Pick<FleetRow, "servingVersion" | "refusedVersion" | "problems">>;

/** A proxy that answers no snapshot for so long is sent the next one all the same. */
const answerWithinMs = 30_000;
const maxProblems = 50;
const maxProblemLength = 500;

/**
 * What one proxy was sent and has answered. Each version is sent once per stream, so a refused one
 * is not sent in a loop; a newer one waits until the proxy has answered the one before it.
 */
export class ProxyStream {
  readonly #config: StreamedConfig;
  readonly #now: () => number;
  #sendings = 0;
  #sentVersion: bigint | undefined;
  readonly #takesChanges: boolean;
  #sentRevision: number | undefined;
  #sentProxies: number | undefined;
  #sentFreezes: ConfigWatch["freezes"];
  /** By server. */
  readonly #sentPins = new Map<string, bigint>();
  #unanswered:
    | { readonly nonce: string; readonly version: bigint; readonly sentAtMs: number }
    | undefined;

  constructor(
    config: StreamedConfig,
    options: { readonly takesChanges?: boolean; readonly now?: () => number } = {},
  ) {
    this.#config = config;
    this.#takesChanges = options.takesChanges ?? false;
    this.#now = options.now ?? (() => performance.now());
  }

  /** What to send now. Undefined: nothing until something changes. */
  next(): StreamMessage | undefined {
    return (
      this.#nextFreezes() ??
      this.#nextAgents() ??
      this.#nextPins() ??
      this.#nextFleet() ??
      this.#nextSnapshot()
    );
  }

  /** Takes in an answer or a sign of life. Answers to anything but the last sending say nothing new. */
  take({ event }: StreamConfigRequest): Report {
    if (event.case === "heartbeat") return { servingVersion: Number(event.value.servingVersion) };
    if (event.case !== "ack" && event.case !== "nack") return {};
    if (event.value.nonce !== this.#unanswered?.nonce) return {};
    const version = Number(this.#unanswered.version);
    this.#unanswered = undefined;
    if (event.case === "nack")
      return { refusedVersion: version, problems: problemsOf(event.value) };
    return { servingVersion: version, refusedVersion: 0, problems: [] };
  }

  /** Before anything that could let a call through. */
  #nextFreezes(): StreamMessage | undefined {
    const { freezes } = this.#config;
    if (!freezes || freezes === this.#sentFreezes) return undefined;
    this.#sentFreezes = freezes;
    return { nonce: this.#nonce(), content: { case: "freezes", value: freezes } };
  }

  /** Agents go first: a policy without them would refuse everybody. */
  #nextAgents(): StreamMessage | undefined {
    const { agents } = this.#config;
    if (!agents || agents.revision === this.#sentRevision) return undefined;
    const sent = this.#sentRevision;
    const { revision } = agents;
    this.#sentRevision = revision;
    const isFollowing = this.#takesChanges && sent !== undefined;
    const changes = isFollowing ? agents.changesSince(sent) : undefined;
    const nonce = this.#nonce();
    if (changes) return { nonce, content: { case: "agentChanges", value: changes } };
    return { nonce, content: { case: "agents", value: agents.table } };
  }

  #nextPins(): StreamMessage | undefined {
    for (const pins of this.#config.pins()) {
      const { server, revision } = pins;
      if (this.#sentPins.get(server) === revision) continue;
      this.#sentPins.set(server, revision);
      return { nonce: this.#nonce(), content: { case: "pins", value: pins } };
    }
    return undefined;
  }

  #nextFleet(): StreamMessage | undefined {
    const { proxies } = this.#config;
    if (!proxies || proxies === this.#sentProxies) return undefined;
    this.#sentProxies = proxies;
    return { nonce: this.#nonce(), content: { case: "fleet", value: { proxies } } };
  }

  #nextSnapshot(): StreamMessage | undefined {
    const { snapshot } = this.#config;
    if (!snapshot || snapshot.version === this.#sentVersion) return undefined;
    const nowMs = this.#now();
    if (this.#unanswered && nowMs - this.#unanswered.sentAtMs < answerWithinMs) return undefined;
    const nonce = this.#nonce();
    this.#sentVersion = snapshot.version;
    this.#unanswered = { nonce, version: snapshot.version, sentAtMs: nowMs };
    return { nonce, content: { case: "snapshot", value: snapshot } };
  }

  #nonce(): string {
    this.#sendings += 1;
    return String(this.#sendings);
  }
}

function problemsOf({ problems }: Nack): string[] {
  if (problems.length === 0) return ["refused without a reason"];
  return problems.slice(0, maxProblems).map((problem) => problem.slice(0, maxProblemLength));
}
