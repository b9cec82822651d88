import type { ErrorObject } from "ajv";

const maxViolations = 5;
const longestPhrase = 200;

export interface Violation {
  /** JSON Pointer into the arguments. */
  readonly pointer: string;
  /** What a model has to change. Never holds the value that was sent. */
  readonly words: string;
}

/** The first violations in words that a model can act on. */
export function describeViolations(errors: readonly ErrorObject[]): readonly Violation[] {
  const seen = new Map<string, Violation>();
  for (const error of errors) {
    if (error.keyword === "if" || error.keyword === "not") continue;
    const violation = describe(error);
    seen.set(`${violation.pointer} ${violation.words}`, violation);
    if (seen.size === maxViolations) break;
  }
  return [...seen.values()];
}

function describe({ keyword, instancePath, params, message }: ErrorObject): Violation {
  switch (keyword) {
    case "required":
      return { pointer: below(instancePath, params["missingProperty"]), words: "is required" };
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = params["additionalProperty"] ?? params["unevaluatedProperty"];
      return { pointer: below(instancePath, name), words: "is not an argument of this tool" };
    }
    case "enum":
      return {
        pointer: instancePath,
        words: short(`must be one of ${list(params["allowedValues"])}`),
      };
    case "const":
      return {
        pointer: instancePath,
        words: short(`must be ${JSON.stringify(params["allowedValue"])}`),
      };
    case "type":
      return { pointer: instancePath, words: short(`must be of type ${String(params["type"])}`) };
    default:
      return { pointer: instancePath, words: short(message ?? `does not satisfy ${keyword}`) };
  }
}

function below(pointer: string, name: unknown): string {
  const part = String(name).slice(0, 64).replaceAll("~", "~0").replaceAll("/", "~1");
  return `${pointer}/${part}`;
}

function list(values: unknown): string {
  return Array.isArray(values)
    ? values.map((value) => JSON.stringify(value)).join(", ")
    : "its values";
}

function short(words: string): string {
  return words.length <= longestPhrase ? words : `${words.slice(0, longestPhrase)}…`;
}
