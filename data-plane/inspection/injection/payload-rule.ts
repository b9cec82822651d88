/** A payload that servers build queries, templates or pages of, as data. */
export interface PayloadRule {
  /** What stands in findings after "injection.". */
  readonly id: string;
  /** Linear: bounded repetition, none inside another. Each alone is enough. */
  readonly patterns: readonly RegExp[];
  readonly examples: { readonly payloads: readonly string[]; readonly harmless: readonly string[] };
}
