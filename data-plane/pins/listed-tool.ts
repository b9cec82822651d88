/** What an upstream says of one of its tools. */
export type ListedTool = Readonly<Record<string, unknown>> & { readonly name: string };
