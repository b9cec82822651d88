import type { DefinitionName } from "../../core/pins/definition-kind.ts";
import type { SubjectKind } from "../../core/policy/call-facts.ts";
import type { CompiledPolicy, CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type {
  DefinitionActionName,
  DefinitionSettings,
} from "../../core/policy/compiled-scanning.ts";
import { definitionSettingsFor } from "../../core/policy/decide.ts";
import { type AgentRequest, type Call, factsOf } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import type { Trail } from "../call/trail.ts";
import type { DefinitionVerdict } from "../pins/definition-pins.ts";
import type { ListedDefinition } from "../pins/listed-definition.ts";
import type { Gateway } from "./gateway.ts";

interface ReviewWay {
  readonly gateway: Pick<Gateway, "pins">;
  readonly trail: Trail;
}

/** What an upstream says, with the field of the message in which it stands. */
interface Said {
  readonly listed: readonly ListedDefinition[];
  /** JSON Pointer of what holds them. Empty: they are in no message of the agent's. */
  readonly pointer: string;
  readonly isWhole: boolean;
}

/** A verdict for each of the definitions, in their order. What is not accepted becomes a finding. */
export async function reviewDefinitions(
  request: AgentRequest,
  { listed, pointer, isWhole }: Said,
  { gateway, trail }: ReviewWay,
): Promise<readonly DefinitionVerdict[]> {
  const verdicts = await review(request, listed, { isWhole, pins: gateway.pins });
  verdicts.forEach((verdict, index) => {
    if (verdict.action === "off") return;
    trail.findings.push({
      rule: `definition.${verdict.standing}`,
      direction: "result",
      pointer: pointer === "" ? "" : `${pointer}/${index}`,
      action: findingActions[verdict.action],
    });
  });
  return verdicts;
}

/** Sees all of a kind that an upstream has when a call makes the gateway list them: what is new is recorded at once. */
export async function reviewListing(
  call: Call,
  listed: readonly ListedDefinition[],
  pins: Gateway["pins"],
): Promise<void> {
  await review(call, listed, { isWhole: true, pins });
}

/** What the policy says of one definition, for the agent of the request. */
export function settingsFor(request: AgentRequest, { kind, name }: DefinitionName) {
  const subject = subjectOf({ kind, name });
  const settings = definitionSettingsFor(
    request.config.policy,
    factsOf(request, subject, undefined),
  );
  if (kind === "resource" && settings.resources === "scan") return unpinned(settings);
  return kind === "server" ? ofServer(settings) : settings;
}

/** What the policy says of a server itself, whoever asks. */
export function settingsForServer(policy: CompiledPolicy, upstream: CompiledUpstream) {
  const nobody = { agent: "", groups: [], route: "", arguments: undefined };
  const subject = { kind: "method", name: "initialize", upstream: upstream.name } as const;
  return ofServer(definitionSettingsFor(policy, { ...nobody, ...subject }));
}

function review(
  request: AgentRequest,
  listed: readonly ListedDefinition[],
  { isWhole, pins }: { readonly isWhole: boolean; readonly pins: Gateway["pins"] },
): Promise<DefinitionVerdict[]> {
  const settingsOf = (named: DefinitionName) => settingsFor(request, named);
  return pins.review({ upstream: request.upstream, listed, isWhole, settingsOf });
}

function subjectOf({ kind, name }: DefinitionName): { kind: SubjectKind; name: string } {
  switch (kind) {
    case "tool":
    case "prompt":
    case "resource":
      return { kind, name };
    case "template":
      return { kind: "resource", name };
    default:
      return { kind: "method", name: "initialize" };
  }
}

function unpinned(settings: DefinitionSettings): DefinitionSettings {
  return { ...settings, changed: "off", unseen: "off" };
}

/** A server that is to be met at all is met for the first time some day: where nothing new is offered, it is. */
function ofServer(settings: DefinitionSettings): DefinitionSettings {
  const { server, trust } = settings;
  const offered = trust === "locked" ? "manual" : trust;
  return { ...settings, changed: server, unseen: server, trust: offered };
}

const findingActions: Readonly<Record<Exclude<DefinitionActionName, "off">, Finding["action"]>> = {
  log: "logged",
  quarantine: "blocked",
};
