/** Whether this may name an exporter: its consumer group and its keys in Redis. */
export function isExporterName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
}
