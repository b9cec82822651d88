/** Where a proxy finds what policies only name. */
export type SecretSource =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

/** How far inside the address of an upstream may lie. Each includes those before it. */
export type NetworkName = "public" | "private" | "loopback";
