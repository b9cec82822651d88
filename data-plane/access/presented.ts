/** What a request shows of its sender, before anything of it is believed. */
export interface Presented {
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** With its query. */
  readonly target: string;
}

export type Credentials =
  | { readonly kind: "none" }
  | { readonly kind: "bearer"; readonly value: string }
  /** More than one, or in a place where others would read it. */
  | { readonly kind: "misplaced"; readonly reason: string }
  | { readonly kind: "malformed"; readonly reason: string };

const agentKeyPattern = /mcpgw_agent_[\w-]{20}/;
const tokenPattern = /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/;
const credentialNames =
  /^(access_?token|id_?token|token|jwt|bearer|authorization|auth|(x-)?api[-_]?key|key|password|client_secret)$/i;
/** These do not go upstream, and balancers put tokens of their own into them. */
const ownHeaders = /^(x-forwarded-.*|forwarded|cookie|proxy-.*)$/i;

/** Finds the one credential of a request, where credentials belong. */
export function findCredentials({ rawHeaders, target }: Presented): Credentials {
  if (hasCredentials(target)) {
    return misplaced("credentials in the URL end up in logs: send them as a header");
  }
  const headers = pairsOf(rawHeaders);
  const [authorization, ...more] = headers.filter(([name]) => name === "authorization");
  if (more.length > 0) return misplaced("there are several Authorization headers: send one");
  const bearer = authorization?.[1].match(/^Bearer +([^\s,]+)$/i)?.[1];
  // The same once more says nothing new; it does not go upstream.
  const others = headers
    .filter(([name]) => name !== "authorization")
    .map(([name, value]) => [name, bearer ? value.replaceAll(bearer, "") : value] as const);
  const second = others.find(([name, value]) => isCredential(name, value));
  if (second) {
    return misplaced(
      `the header ${second[0].slice(0, 64)} holds a credential: send one, as Authorization`,
    );
  }
  if (bearer !== undefined) return { kind: "bearer", value: bearer };
  if (!authorization) return { kind: "none" };
  const reason = "the credentials are not of the form `Authorization: Bearer <key>`";
  return { kind: "malformed", reason };
}

function pairsOf(rawHeaders: readonly string[]): (readonly [name: string, value: string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ""] as const] : [],
  );
}

function isCredential(name: string, value: string): boolean {
  return agentKeyPattern.test(value) || (tokenPattern.test(value) && !ownHeaders.test(name));
}

/** OAuth 2.1 §5.1.1 forbids them there. */
function hasCredentials(target: string): boolean {
  const start = target.indexOf("?");
  if (start < 0) return false;
  for (const [name, value] of new URLSearchParams(target.slice(start + 1))) {
    if (credentialNames.test(name)) return true;
    if (agentKeyPattern.test(value) || tokenPattern.test(value)) return true;
  }
  return false;
}

function misplaced(reason: string): Credentials {
  return { kind: "misplaced", reason };
}
