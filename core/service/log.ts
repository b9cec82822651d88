import { type Logger, pino } from "pino";

export type { Logger };

/**
 * The log of one process, as JSON lines on stderr.
 * What could hold a secret is removed by name, whoever logs it.
 */
export function createLog(name: string, level: string): Logger {
  return pino(
    {
      name,
      level,
      redact: {
        paths: [
          "authorization",
          "*.authorization",
          "headers.authorization",
          "token",
          "*.token",
          "key",
          "*.key",
          "password",
          "*.password",
        ],
        censor: "[removed]",
      },
      base: { name, pid: process.pid },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
