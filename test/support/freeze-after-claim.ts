/** Loaded before a proxy: it freezes itself when Redis has just given it the right to execute a call, until somebody wakes it. */
import { Redis } from "ioredis";

const { sendCommand } = Redis.prototype;
Redis.prototype.sendCommand = function (...given) {
  const sent = sendCommand.apply(this, given) as Promise<unknown>;
  const [command] = given;
  // Registered before the proxy's own code, so it comes first.
  if (command.args.includes("claim")) void sent.then(() => process.kill(process.pid, "SIGSTOP"));
  return sent;
};
