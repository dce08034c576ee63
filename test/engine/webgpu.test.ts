import { describeEngines } from "smoothcert";
import { conforms } from "./conformance.js";
import { useSwiftShader } from "./swiftshader.js";

useSwiftShader();
const webgpu = (await describeEngines()).find(({ name }) => name === "webgpu")!;

// SwiftShader is slower than plain JavaScript.
conforms(webgpu, {
  names: ["linear", "mlp", "lenet", "resnet20"],
  batched: ["lenet"],
  counted: ["mlp"],
});
