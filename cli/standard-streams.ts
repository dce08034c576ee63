/**
 * Standard output and standard error may break while a command works: a reader that has seen enough goes away
 * (EPIPE), the disk that they are written to is full. The work goes on, since its files are what matters.
 */

/**
 * Keeps a broken standard stream from ending the program. Output that is lost to anything but its reader's will is an
 * error.
 */
export function outliveStandardStreams(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") failAtTheEnd(error);
  });
}

let failed = false;

function failAtTheEnd({ message }: Error): void {
  if (failed) return;
  failed = true;
  process.stderr.write(`error: can't write to standard output (${message}): the results printed there are lost\n`);
  process.on("exit", () => {
    process.exitCode ||= 1;
  });
}
