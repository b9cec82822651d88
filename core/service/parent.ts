/**
 * Lets a process that `mcpctl up` started end when `up` dies, even when it was killed and could tell nobody:
 * the channel between them closes, and that counts as SIGTERM. Without such a channel it does nothing.
 */
export function exitWithParent(): void {
  if (!process.connected) return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  // Listening holds the process open; waiting for the parent's death is no work.
  process.channel?.unref();
}
