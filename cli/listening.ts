import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Lets a server listen.
 *
 * @param host undefined for all of this machine's addresses
 * @param port integer in [0, 65535]; 0 for a free one
 * @param option the option that chose the port, named where another has to be chosen
 * @returns the port
 * @throws Error saying what to do where the port is taken, or the host isn't this machine's
 */
export function listening(server: Server, host: string | undefined, port: number, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(problemOf(error, host ?? "this machine", port, option), { cause: error })),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function problemOf({ code, message }: NodeJS.ErrnoException, host: string, port: number, option: string): string {
  if (code === "EADDRINUSE") {
    return `port ${port} of ${host} is taken: choose another with ${option}, or 0 for a free one`;
  }
  if (code === "EACCES") return `port ${port} of ${host} needs rights that you don't have: choose one above 1023`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `this machine has no address ${host}: check the host`;
  return `can't serve on port ${port} of ${host}: ${message}`;
}
