import { randomUUID } from "node:crypto";
import type { Lookup } from "../../../core/net/guarded-connector.ts";
import type { CompiledScanner, ScannerInputName } from "../../../core/policy/compiled-scanner.ts";
import type { ScanSettings } from "../../../core/policy/compiled-scanning.ts";
import { SecretReader } from "../../../core/secrets/secret-reader.ts";
import type { Env } from "../../../core/service/env.ts";
import type { Logger } from "../../../core/service/log.ts";
import { escapeControls } from "../../../core/text/escape-controls.ts";
import type { AgentRequest, Subject } from "../../call/agent-request.ts";
import type { Finding } from "../../call/finding.ts";
import { redactionScopeOf, type Showing } from "../../call/redactor.ts";
import { FindingLog } from "../finding-log.ts";
import { withoutForeignTokens } from "../foreign-tokens.ts";
import type { RedactionKeys } from "../redaction-keys.ts";
import { redactionToken } from "../redaction-token.ts";
import { ScanCopy } from "../scan-copy.ts";
import {
  blockedByDetectors,
  blockedBySilence,
  heldByDetectors,
  type InspectionVerdict,
} from "../verdict.ts";
import {
  type ExternalFinding,
  findingOfSilence,
  findingsOf,
  isUnavailable,
} from "./external-verdict.ts";
import { OutageLog } from "./outage-log.ts";
import type { ScannerAnswer } from "./scanner-answer.ts";
import { ScannerLink, ScannerUnavailable } from "./scanner-link.ts";
import { ShownTexts } from "./shown-texts.ts";

export interface ExternalScannersOptions {
  /** Where the secrets that policies name are found. */
  readonly env: Env;
  readonly keys: Pick<RedactionKeys, "of">;
  /** Takes secrets out of what is sent. */
  readonly redact: (value: unknown, how?: Pick<Showing, "tokens" | "scope">) => unknown;
  readonly log: Pick<Logger, "warn" | "info">;
  readonly lookup?: Lookup;
}

/** A message that the gateway's own detectors have looked at. */
export interface Looked {
  /** What they were given: arguments, or a whole message. */
  readonly value: unknown;
  readonly verdict: InspectionVerdict;
}

/** Whose message it is, and of what kind. */
export interface Occasion {
  readonly request: Pick<
    AgentRequest,
    "callId" | "principal" | "receivedAt" | "route" | "upstream"
  >;
  readonly subject: Subject;
  readonly method: string;
  readonly input: ScannerInputName;
  readonly settings: ScanSettings;
}

interface KnownLink {
  readonly link: ScannerLink;
  readonly outages: OutageLog;
  /** What it was made of. */
  readonly settings: string;
}

/** Asks the scanners of the policy, side by side, and says what becomes of a message. */
export class ExternalScanners {
  readonly #options: ExternalScannersOptions;
  readonly #secrets: SecretReader;
  readonly #links = new Map<string, KnownLink>();

  constructor(options: ExternalScannersOptions) {
    this.#options = options;
    this.#secrets = new SecretReader(options.env);
  }

  /** The verdict of all, the strictest counts. What is blocked already is shown to nobody. Never throws. */
  async review({ value, verdict }: Looked, occasion: Occasion): Promise<InspectionVerdict> {
    if (verdict.kind === "blocked") return verdict;
    const scanners = scannersFor(occasion, verdict);
    if (scanners.length === 0) return verdict;
    const direction = directionOf(occasion);
    const passing = verdict.kind === "clean" ? value : verdict.value;
    const scope = redactionScopeOf(occasion.request);
    const how = verdict.kind === "clean" ? { scope } : ({ scope, tokens: "ours" } as const);
    const redact = (it: unknown) => this.#options.redact(it, how);
    const texts = ShownTexts.of(passing, direction, redact);
    if (texts && texts.texts.length === 0) return verdict;
    const found = await Promise.all(
      scanners.map((scanner) =>
        this.#findingsBy(scanner, { texts, occasion, own: verdict.findings }),
      ),
    );
    return this.#merged({ value, verdict }, { texts, passing }, occasion, found.flat());
  }

  async close(): Promise<void> {
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(links.map(({ link }) => link.close()));
  }

  async #findingsBy(
    scanner: CompiledScanner,
    asked: {
      readonly texts: ShownTexts | undefined;
      readonly occasion: Occasion;
      readonly own: readonly Finding[];
    },
  ): Promise<readonly ExternalFinding[]> {
    const direction = directionOf(asked.occasion);
    const { link, outages } = this.#linkTo(scanner);
    try {
      if (!asked.texts) throw new ScannerUnavailable("there is too much to look at");
      const id = randomUUID();
      const question = this.#questionOf(asked.texts, asked.occasion, asked.own);
      const answer = await link.ask({ id, body: JSON.stringify({ version: 1, id, ...question }) });
      outages.answered();
      this.#tell(scanner, answer, asked.occasion);
      return findingsOf(answer, scanner, direction);
    } catch (error) {
      const known = error instanceof ScannerUnavailable;
      outages.missed(known ? error.message : "asking it failed");
      return [findingOfSilence(scanner, direction)];
    }
  }

  #questionOf({ texts }: ShownTexts, occasion: Occasion, own: readonly Finding[]): object {
    const { request, subject, method, input } = occasion;
    const { principal, route, upstream, callId } = request;
    const { agent, groups, tenant } = principal;
    return {
      callId,
      direction: input,
      method,
      agent: { id: agent, groups, ...(tenant !== undefined && { tenant }) },
      route: route.path,
      upstream: upstream.name,
      subject: { kind: subject.kind, name: String(this.#options.redact(subject.name)) },
      texts,
      findings: own.map(({ rule, pointer }) => ({ rule, pointer })),
    };
  }

  #merged(
    { value, verdict }: Looked,
    { texts, passing }: { readonly texts: ShownTexts | undefined; readonly passing: unknown },
    { settings, ...occasion }: Occasion,
    found: readonly ExternalFinding[],
  ): InspectionVerdict {
    const direction = directionOf(occasion);
    const { mode, exceptions } = settings;
    const log = new FindingLog({ direction, mode, exceptions, nowMs: Date.now });
    const doomed = new Set<string>();
    for (const { rule, pointer, action } of found) {
      const place = texts?.placeOf(pointer) ?? "";
      if (log.report(rule, place, action) === "redact") doomed.add(place);
    }
    const findings = [...verdict.findings, ...log.findings];
    if (log.blocks) {
      const isSilence = findings.every(
        ({ rule, action }) => action !== "blocked" || isUnavailable(rule),
      );
      return (isSilence ? blockedBySilence : blockedByDetectors)(direction, findings);
    }
    const rest = restOf(verdict);
    const changed =
      texts && doomed.size > 0
        ? texts.without(passing, doomed, this.#tokenOf(occasion.request), rest)
        : passing;
    if (log.holds || verdict.kind === "held") return heldByDetectors(changed, findings);
    return changed === value
      ? { kind: "clean", findings }
      : { kind: "redacted", value: changed, findings };
  }

  #tokenOf(request: Occasion["request"]): (text: string) => string {
    const { bytes } = this.#options.keys.of(redactionScopeOf(request));
    return (text) => redactionToken(bytes, "external", text);
  }

  /** Its own words are for operators alone. What it was shown held no secrets, but it may have made some up. */
  #tell({ name }: CompiledScanner, { findings }: ScannerAnswer, { request }: Occasion): void {
    for (const { rule, severity, message } of findings) {
      if (message === undefined) continue;
      const words = escapeControls(String(this.#options.redact(message)));
      const told = { callId: request.callId, scanner: name, rule, severity, words };
      this.#options.log.info(told, "a scanner explains its finding");
    }
  }

  /** A link whose settings are over is let go: what is under way on it ends within its time, and idle connections close. */
  #linkTo(scanner: CompiledScanner): KnownLink {
    const { name } = scanner;
    const settings = JSON.stringify(scanner);
    const known = this.#links.get(name);
    if (known?.settings === settings) return known;
    const { lookup, log } = this.#options;
    const link = new ScannerLink(scanner, { secrets: this.#secrets, ...(lookup && { lookup }) });
    const made = { link, outages: new OutageLog(name, log), settings };
    this.#links.set(name, made);
    return made;
  }
}

/** What no detector of ours has changed may look like our tokens. */
function restOf({ kind }: InspectionVerdict): ((text: string) => string) | undefined {
  return kind === "clean" ? (text) => withoutForeignTokens(text, new ScanCopy(text)) : undefined;
}

function scannersFor(
  { settings, input }: Occasion,
  { findings }: InspectionVerdict,
): readonly CompiledScanner[] {
  const isSuspicious = findings.some(
    ({ rule, action }) => action !== "excepted" && !rule.startsWith("schema"),
  );
  return settings.scanners.filter(
    ({ on, onlySuspicious }) => on.has(input) && (isSuspicious || !onlySuspicious),
  );
}

function directionOf({ input }: Pick<Occasion, "input">): Finding["direction"] {
  return input === "arguments" ? "arguments" : "result";
}
