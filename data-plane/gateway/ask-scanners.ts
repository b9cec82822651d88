import type { CompiledScanner, ScannerInputName } from "../../core/policy/compiled-scanner.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import type { Looked } from "../inspection/external/external-scanners.ts";
import type { InspectionVerdict } from "../inspection/inspector.ts";
import type { Way } from "./gateway.ts";

type AskingWay = Pick<Way, "gateway" | "trail">;

/** Asks the scanners outside about what an agent sends. */
export async function askAboutArguments(
  looked: Looked,
  { request, settings }: { readonly request: Asking; readonly settings: ScanSettings },
  way: AskingWay,
): Promise<InspectionVerdict> {
  return await ask(looked, { request, settings, input: "arguments" }, way);
}

/** The same about what an upstream says to that request, or before it answers. */
export async function askAboutAnswer(
  looked: Looked,
  { request, settings }: { readonly request: Asking; readonly settings: ScanSettings },
  way: AskingWay,
): Promise<InspectionVerdict> {
  return await ask(looked, { request, settings, input: inputOf(methodOf(request)) }, way);
}

/** Whether one of them is to see the answer: then all of it must be there. */
export function isShownToScanners({ message }: Call, { scanners }: ScanSettings): boolean {
  return scanners.some(({ on }: CompiledScanner) => on.has(inputOf(message.method)));
}

type Asking = AgentRequest | MessageRequest | Call;

async function ask(
  looked: Looked,
  {
    request,
    settings,
    input,
  }: {
    readonly request: Asking;
    readonly settings: ScanSettings;
    readonly input: ScannerInputName;
  },
  { gateway, trail }: AskingWay,
): Promise<InspectionVerdict> {
  if (settings.scanners.length === 0) return looked.verdict;
  const method = methodOf(request);
  const subject =
    "subject" in request ? request.subject : { kind: "method" as const, name: method };
  return await trail.time("scanners", () =>
    gateway.scanners.review(looked, { request, subject, method, input, settings }),
  );
}

function methodOf(request: Asking): string {
  const message = "message" in request ? request.message : undefined;
  return message && "method" in message ? message.method : `HTTP ${request.httpMethod}`;
}

/** What servers say of themselves, their tools, prompts and resources is read by every model. */
function inputOf(method: string): ScannerInputName {
  return definitions.test(method) ? "definitions" : "results";
}

const definitions =
  /^(initialize|server\/discover|(tools|prompts|resources|resources\/templates)\/list)$/;
