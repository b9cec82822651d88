import { type Context, readContexts, saveContext } from "../contexts.ts";

/** Where the context of a gateway that `up` starts was kept. */
export interface OwnContext {
  readonly name: string;
  readonly isCurrent: boolean;
  /** What a person should know of it. */
  readonly note: string | undefined;
}

/**
 * Keeps a context for the gateway at that address: `local`, or one that is named by its port where `local` leads to another address.
 * What leads elsewhere is left as it is. Undefined: both do.
 */
export async function saveOwnContext(
  gateway: Pick<Context, "server" | "token">,
): Promise<OwnContext | undefined> {
  const { contexts } = await readContexts();
  const elsewhere = (name: string) =>
    contexts.find((context) => context.name === name && context.server !== gateway.server);
  const port = gateway.server.slice(gateway.server.lastIndexOf(":") + 1);
  const name = ["local", `local-${port}`].find((one) => !elsewhere(one));
  if (name === undefined) return undefined;
  const { isCurrent } = await saveContext({ ...gateway, name }, "if-none");
  const other = elsewhere("local");
  const note =
    other && `The context local leads to ${other.server}; this gateway is in the context ${name}.`;
  return { name, isCurrent, note };
}
