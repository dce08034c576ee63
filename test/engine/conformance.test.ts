import { ARCHITECTURES, describeEngines } from "smoothcert";
import { conforms } from "./conformance.js";

const names = ARCHITECTURES.map(({ name }) => name);
const batched = names.filter((name) => !name.startsWith("resnet") || name === "resnet20");

for (const report of await describeEngines()) {
  // Its tests need a driver: webgpu.test.ts.
  if (report.name !== "webgpu") conforms(report, { names, batched, counted: ["lenet", "resnet20"] });
}
