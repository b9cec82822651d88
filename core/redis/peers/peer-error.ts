/**
 * Why an exchange with another proxy came to a bad end.
 * - `gone`: the proxy is not there any more.
 * - `unreachable`: whether it is there cannot be known, since Redis is away.
 * - `lost`: something that was said did not arrive.
 * - `over`: the other side had ended it.
 * - `refused`: the other side could not do what it was asked; `detail` says more.
 */
export class PeerError extends Error {
  override readonly name = "PeerError";
  readonly kind: "gone" | "unreachable" | "lost" | "over" | "refused";
  readonly detail: string;

  constructor(
    kind: PeerError["kind"],
    message: string,
    options: ErrorOptions & { readonly detail?: string } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.detail = options.detail ?? "";
  }

  static gone(): PeerError {
    return new PeerError("gone", "the other proxy is gone");
  }

  static fromWire(text: string): PeerError {
    const [kind, message, detail] = JSON.parse(text);
    return new PeerError(kind, message, { detail });
  }

  toWire(): readonly string[] {
    return [this.kind, this.message, this.detail];
  }
}
