const plainName = /^[\w$.-]{1,64}$/;

/** A way through a value as JSON Pointer (RFC 6901), with "*" for names that could carry a message of their own. */
export function plainPointer(path: readonly (string | number)[]): string {
  return path
    .map((step) => `/${typeof step === "number" || plainName.test(step) ? step : "*"}`)
    .join("");
}
