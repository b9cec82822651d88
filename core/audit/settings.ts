import type { EnvReader } from "../service/env.ts";

/** What a process that writes audit records is told by its environment. */
export interface AuditSettings {
  /** Keeps records until Redis has them. Empty: there is no disk to rely on. */
  readonly auditFolder: string;
  readonly auditSpoolBytes: number;
  /** How many replicas of Redis must have a record. 0: its primary is enough. */
  readonly auditWaitReplicas: number;
  /** A key that signs checkpoints is replaced when it is that old. */
  readonly auditKeyLivesForMs: number;
}

const mebibyte = 1024 * 1024;

/** `folder`: where nothing else is said. */
export function readAuditSettings(reader: EnvReader, folder: string): AuditSettings {
  return {
    auditFolder: reader.string("MCPGW_AUDIT_DIR", folder),
    auditSpoolBytes: reader.integer("MCPGW_AUDIT_SPOOL_BYTES", {
      fallback: 1024 * mebibyte,
      min: mebibyte,
      max: 1024 * 1024 * mebibyte,
    }),
    auditWaitReplicas: reader.integer("MCPGW_AUDIT_WAIT_REPLICAS", {
      fallback: 0,
      min: 0,
      max: 10,
    }),
    auditKeyLivesForMs:
      reader.integer("MCPGW_AUDIT_KEY_DAYS", { fallback: 90, min: 1, max: 3_650 }) * 86_400_000,
  };
}
