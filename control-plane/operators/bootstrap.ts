import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import { digestToken, equalDigests } from "../../core/secrets/tokens.ts";
import type { Logger } from "../../core/service/log.ts";
import type { OperatorStore } from "./operator-store.ts";

const bootstrapName = "admin";

/**
 * Makes the operator "admin" with this token where the gateway has no admin yet. Once it has one, the token
 * changes nothing: a restart must not bring back an admin that somebody revoked.
 */
export async function bootstrapAdmin(
  token: string,
  rooms: { readonly operatorStore: OperatorStore; readonly audit: Pick<AuditTrail, "write"> },
  log: Logger,
): Promise<void> {
  const { operatorStore: store, audit } = rooms;
  const digest = digestToken(token);
  const admins = (await store.list()).filter(({ role }) => role === "admin");
  const existing = admins.find(({ name }) => name === bootstrapName);
  if (existing) {
    if (equalDigests(Buffer.from(existing.tokenDigest, "hex"), digest)) return;
    log.warn(
      "the operator admin has another token than MCPGW_BOOTSTRAP_OPERATOR_TOKEN: nothing was changed, remove the setting",
    );
    return;
  }
  if (admins.length > 0) {
    const names = admins.map(({ name }) => name).join(", ");
    log.warn(
      `MCPGW_BOOTSTRAP_OPERATOR_TOKEN was ignored: the gateway has admins already (${names}), remove the setting`,
    );
    return;
  }
  const created = await store.create({
    name: bootstrapName,
    groups: [],
    role: "admin",
    createdAtMs: Date.now(),
    createdBy: "bootstrap",
    tokenDigest: digest.toString("hex"),
  });
  if (!created) return;
  log.info("made the operator admin with MCPGW_BOOTSTRAP_OPERATOR_TOKEN");
  const details = { operator: bootstrapName, role: "admin", groups: "" };
  await audit.write({ event: "operator.created", operator: "bootstrap", outcome: "done", details });
}
