/** Runs jobs, so many at a time. Resolves to their results in the order of the jobs, once all have ended. */
export async function inParallel<T>(
  jobs: readonly (() => Promise<T>)[],
  atOnce: number,
): Promise<T[]> {
  const results: T[] = [];
  const waiting = jobs.entries();
  const work = async () => {
    for (const [index, job] of waiting) results[index] = await job();
  };
  const workers = await Promise.allSettled(Array.from({ length: atOnce }, work));
  const failures = workers.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, "not every job came to its end");
  return results;
}
