import type { Call } from "../../call/agent-request.ts";
import type { Outcome } from "../../call/outcome.ts";
import { modernVersion } from "../../mcp/era.ts";
import { UpstreamError } from "../../upstreams/upstream-error.ts";
import { metaOf, resultOf, type Unavailable } from "../answers/answers.ts";
import type { Member } from "../member.ts";
import { ourselves } from "../upstream/modern-meta.ts";
import type { Patience } from "../upstream/patience.ts";
import { type Greeting, legacyVersions } from "../upstream/way.ts";
import { mergeCapabilities } from "./merge-capabilities.ts";

/** Which upstreams were met, and which were not. */
export interface Greetings {
  readonly met: ReadonlyMap<string, Greeting>;
  readonly unavailable: readonly Unavailable[];
}

/** Meets all upstreams at once: each has its own deadline. */
export async function greetAll(members: readonly Member[], patience: Patience): Promise<Greetings> {
  const settled = await Promise.allSettled(members.map((member) => greetInTime(member, patience)));
  const met = new Map<string, Greeting>();
  const unavailable: Unavailable[] = [];
  members.forEach(({ name }, index) => {
    const end = settled[index];
    if (end?.status === "fulfilled") met.set(name, end.value);
    else unavailable.push({ upstream: name, reason: wordsOf(end?.reason) });
  });
  return { met, unavailable };
}

function greetInTime(member: Member, patience: Patience): Promise<Greeting> {
  const late = (): Promise<Greeting> =>
    Promise.reject(new UpstreamError(`upstream ${member.name}: no answer in time`));
  return patience.await(member.upstream, {
    begin: () => member.greet(),
    isGood: () => true,
    late,
  });
}

function wordsOf(error: unknown): string {
  return error instanceof UpstreamError ? error.message : "the gateway failed; its log says why";
}

/** Nobody could be met: there is nothing to begin a session with. */
export function nobodyMet({ unavailable }: Greetings): Outcome {
  const reason = unavailable.map((one) => one.reason).join("; ");
  return { kind: "upstream-failed", reason };
}

/** The answer to `initialize`. */
export function initializedBy(
  call: Call,
  { met, unavailable }: Greetings,
  session: string,
): Outcome {
  const greetings = [...met.values()];
  const result = {
    protocolVersion: versionFor(call.message.params?.["protocolVersion"], greetings),
    capabilities: mergeCapabilities(
      greetings.map(({ way, capabilities }) =>
        way.era === "legacy" ? capabilities : withoutSubscriptions(capabilities),
      ),
    ),
    serverInfo: ourselves,
    ...instructionsOf(met),
    ...metaOf(unavailable),
  };
  return resultOf(call, result, { "mcp-session-id": session });
}

/** The answer to `server/discover`. */
export function discoveredBy(call: Call, { met, unavailable }: Greetings): Outcome {
  const greetings = [...met.values()];
  const isPublic = unavailable.length === 0 && greetings.every(isForEverybody);
  const { _meta } = metaOf(unavailable);
  return resultOf(call, {
    supportedVersions: [modernVersion],
    capabilities: mergeCapabilities(
      greetings.map(({ way, capabilities }) =>
        way.era === "modern" ? capabilities : withoutLegacyOnly(capabilities),
      ),
    ),
    ...instructionsOf(met),
    ttlMs: unavailable.length > 0 ? 0 : Math.min(...greetings.map(({ ttlMs }) => ttlMs)),
    cacheScope: isPublic ? "public" : "private",
    _meta: { ..._meta, "io.modelcontextprotocol/serverInfo": ourselves },
  });
}

/** The version asked for if one upstream speaks it, or speaks to us in another era anyway; else the lowest offered. */
function versionFor(asked: unknown, greetings: readonly Greeting[]): string {
  const offered = greetings.flatMap(({ way }) => (way.era === "legacy" ? [way.version] : []));
  const isBridged = offered.length < greetings.length && legacyVersions.includes(String(asked));
  if (typeof asked === "string" && (isBridged || offered.includes(asked))) return asked;
  return offered.toSorted()[0] ?? legacyVersions[0] ?? "";
}

function isForEverybody({ cacheScope }: Greeting): boolean {
  return cacheScope === "public";
}

/** What a modern agent can have of a legacy upstream. */
function withoutLegacyOnly(capabilities: Readonly<Record<string, unknown>>) {
  const { tasks: _, logging: __, ...kept } = capabilities;
  return kept;
}

/** A legacy agent subscribes and listens in requests that may reach two proxies: no modern subscription can be made of them. */
function withoutSubscriptions(capabilities: Readonly<Record<string, unknown>>) {
  const kept = withoutLegacyOnly(capabilities);
  const bare = Object.entries(kept).map(([name, value]) => [name, withoutFlags(value)]);
  return Object.fromEntries(bare);
}

function withoutFlags(capability: unknown): unknown {
  if (typeof capability !== "object" || capability === null) return capability;
  const { listChanged: _, subscribe: __, ...kept } = capability as Record<string, unknown>;
  return kept;
}

/** Each upstream's instructions, under its name. */
function instructionsOf(met: ReadonlyMap<string, Greeting>): { readonly instructions?: string } {
  const texts = [...met].flatMap(([name, { instructions }]) =>
    instructions === undefined ? [] : [`# ${name}\n\n${instructions}`],
  );
  return texts.length > 0 ? { instructions: texts.join("\n\n") } : {};
}
