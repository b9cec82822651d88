/** Why a token was not enough (RFC 6750 §3.1). */
export type LoginError = "invalid_request" | "invalid_token" | "insufficient_scope";

/** What `WWW-Authenticate` says: that, why, and where to learn how to log in (RFC 6750 §3, RFC 9728 §5.1). */
export function challenge(parts: {
  readonly metadataUrl?: string | undefined;
  readonly error?: LoginError | undefined;
  readonly description?: string;
  /** All that the request needs. */
  readonly scopes?: readonly string[];
}): string {
  const { metadataUrl, error, description, scopes = [] } = parts;
  const values = {
    error,
    error_description: error && description,
    scope: scopes.length > 0 ? [...new Set(scopes)].join(" ") : undefined,
    resource_metadata: metadataUrl,
  };
  const written = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${quotable(value)}"`],
  );
  return written.length > 0 ? `Bearer ${written.join(", ")}` : "Bearer";
}

/** What may stand in such a text (RFC 6750 §3). */
function quotable(text: string): string {
  return text.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, "?");
}
