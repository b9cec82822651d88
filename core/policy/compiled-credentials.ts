import type { NetworkName, SecretSource } from "./compiled-sources.ts";

/** What an upstream is shown with every request, in a header (lower case). */
export type CompiledCredentials =
  | {
      readonly kind: "static";
      readonly header: string;
      /** The first that is for the agent. */
      readonly perAgent: readonly (ShownSecret & {
        readonly isFor: (who: Who) => boolean;
      })[];
      /** For all others. Absent: they are refused. */
      readonly value?: ShownSecret;
    }
  | {
      readonly kind: "token-exchange" | "client-credentials";
      readonly header: string;
      readonly request: CompiledTokenRequest;
    };

interface Who {
  readonly agent: string;
  readonly groups: readonly string[];
  readonly tenant?: string;
}

interface ShownSecret {
  readonly prefix: string;
  readonly secret: SecretSource;
}

/** How an authorization server is asked for a token. */
export interface CompiledTokenRequest {
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: SecretSource;
  /** Audience, resource and scope, where they are given. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly network: NetworkName;
  readonly ca?: SecretSource;
}
