/** What a request is about. */
export type SubjectKind = "tool" | "prompt" | "resource" | "method";

/** Everything about a request that a policy can look at. */
export interface CallFacts {
  readonly agent: string;
  readonly groups: readonly string[];
  /** Absent: the agent belongs to none. */
  readonly tenant?: string;
  /** How the agent proved who it is. */
  readonly login?: {
    readonly method: "api-key" | "jwt" | "mtls" | "anonymous";
    /** Of its token. */
    readonly issuer?: string;
    readonly scopes?: readonly string[];
  };
  readonly route: string;
  readonly upstream: string;
  readonly kind: SubjectKind;
  /** Name of the tool or prompt, URI of the resource, or the method. */
  readonly name: string;
  /** Undefined when they are not known, as in a list. */
  readonly arguments: Readonly<Record<string, unknown>> | undefined;
}
