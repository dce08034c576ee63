import { planCertification, redisTransport, work } from "smoothcert/certify";
import { LEASE } from "./lease.js";
import { smallRun } from "./small-run.js";

/** A worker to be killed: node worker.js URL NAME. It does whatever `smallRun` is of the plan's seed, until SIGTERM. */

const [url, worker] = process.argv.slice(2);
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const transport = await redisTransport(url, { seconds: LEASE });
const fingerprint = { canary: "ab".repeat(32), runtime: "function", processor: "any" };
await work(transport, {
  worker,
  open: async ({ header }) => {
    const { run } = planCertification(smallRun(header.seed, true));
    return { run, fingerprint };
  },
  atOnce: 3,
  seconds: LEASE,
  signal: stop.signal,
  problem: (problem) => process.stderr.write(`${worker}: ${problem}\n`),
});
await transport.close();
