/** How many files are worked on at a time: more only wait for the same threads. */
const CONCURRENCY = 8;

/** Does something for each number from 0 to `count` - 1, some of them at a time, until one of them fails. */
export async function sideBySide(count: number, action: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker)).catch((error: unknown) => {
    next = count; // the other workers stop too
    throw error;
  });
}
