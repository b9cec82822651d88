/** A check beyond the shape, by name: see `confirmers.ts`. */
export type ConfirmerName =
  | "aws-key-id"
  | "base64-credentials"
  | "base64-run"
  | "basic-credentials"
  | "chosen-password"
  | "curl-user"
  | "github-checksum"
  | "jwt-header"
  | "likely-credential"
  | "option-value"
  | "private-key-block"
  | "spoken-password"
  | "url-password";

/** One kind of secret, as data. */
export interface SecretRule {
  /** What stands in findings after "secrets." and in redaction tokens. */
  readonly type: string;
  /** In lower case. The pattern is tried where one of them is found, in letters of either case. */
  readonly literals: readonly string[];
  /** How many characters of the match stand before the literal: each is tried. Default: none. */
  readonly charactersBefore?: readonly number[];
  /**
   * Sticky, without look-around, and linear: bounded repetition, and no repetition inside another.
   * Group 1 is the secret; without groups the whole match is.
   */
  readonly pattern: RegExp;
  /**
   * The match begins with a name of at most 50 characters, none of them "=" or ":", and a value of at least so many characters
   * without blanks and quotes is assigned to it by one of those signs. Most names that come by are assigned nothing, which is
   * seen quicker than by the pattern.
   */
  readonly assigns?: number;
  /** Lower values are placeholders such as "xxxx". In bits a character; default 2.2. */
  readonly minEntropy?: number;
  readonly confirmer?: ConfirmerName;
  /** Whether it may stand in the middle of a word: for shapes that cannot be a coincidence. */
  readonly insideWords?: boolean;
  /** Yields to any other rule that finds something in the same place. */
  readonly generic?: boolean;
  /**
   * Runs in the tests. `<base62 36>` stands for that many characters of that alphabet, the same in every run,
   * so that no secret scanner takes this repository's examples for the real thing.
   */
  readonly examples: {
    readonly secrets: readonly string[];
    readonly harmless: readonly string[];
  };
}
