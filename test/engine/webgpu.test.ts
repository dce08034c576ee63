import { describeEngines } from "smoothcert";
import { useSoftwareGpu } from "../software-gpu.js";
import { conforms } from "./conformance.js";

useSoftwareGpu();
const webgpu = (await describeEngines()).find(({ name }) => name === "webgpu")!;

// SwiftShader is slower than plain JavaScript.
conforms(webgpu, { names: ["lenet"], batched: [], counted: [], slow: true });
