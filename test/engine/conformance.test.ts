import { describeEngines } from "smoothcert";
import { conforms } from "./conformance.js";

/** The other ResNets are made of the same layers. */
const names = ["linear", "mlp", "lenet", "resnet20"];

for (const report of await describeEngines()) {
  // Its tests need a driver: webgpu.test.ts.
  const counted = report.name === "cpu" ? ["lenet"] : ["lenet", "resnet20"];
  if (report.name !== "webgpu") conforms(report, { names, batched: names, counted });
}
