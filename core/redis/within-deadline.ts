/**
 * Rejects when Redis takes too long. Answers that have arrived count, however late this process comes to read
 * them: the timer looks at the sockets once more before it gives up, so that our own slowness refuses nobody.
 */
export function withinDeadline<T>(asked: Promise<T>, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`Redis did not answer within ${deadlineMs} ms`));
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), deadlineMs);
    asked.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
