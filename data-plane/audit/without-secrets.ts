/** Stands in records where a secret was that the agent had read before. */
const withheld = "[a secret that was read before: not recorded]";

/** The same arguments without the texts at these places (JSON Pointers, RFC 6901); the first name may be "arguments". */
export function withoutSecrets(value: unknown, places: readonly string[]): unknown {
  return places.reduce((changed, place) => {
    const path = place
      .split("/")
      .slice(1)
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
    const within = path[0] === "arguments" ? without(changed, path.slice(1)) : changed;
    return without(within, path);
  }, value);
}

function without(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return withheld;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return value;
  const inner = without((value as Readonly<Record<string, unknown>>)[name], rest);
  if (Array.isArray(value)) return value.with(Number(name), inner);
  return { ...value, [name]: inner };
}
