import { describe, expect, test } from "vitest";
import { type Adapter, describeAdapter, LIMITS } from "../../src/engine/webgpu/adapter.js";

function adapter(info: Partial<Adapter["info"]>): Adapter {
  const limits = Object.fromEntries(LIMITS.map((name, i) => [name, i + 1])) as Adapter["limits"];
  const known = { vendor: "", architecture: "", device: "", description: "", isFallbackAdapter: false, ...info };
  return { info: known, limits, requestDevice: () => Promise.reject(new Error("no device here")) };
}

describe("describeAdapter", () => {
  const nvidia = adapter({
    vendor: "nvidia",
    architecture: "ampere",
    device: "RTX 3090",
    description: "NVIDIA 550.54",
  });

  test("tells a GPU's name, driver, interface and limits", () => {
    expect(describeAdapter(nvidia, "linux")).toEqual({
      name: "RTX 3090",
      vendor: "nvidia",
      architecture: "ampere",
      driver: "NVIDIA 550.54",
      api: "Vulkan",
      software: false,
      limits: nvidia.limits,
    });
    expect(describeAdapter(nvidia, "darwin").api).toBe("Metal");
    expect(describeAdapter(nvidia, "win32").api).toBe("Direct3D 12");
  });

  test.each([
    { isFallbackAdapter: true, device: "anything" },
    { architecture: "swiftshader" },
    { device: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    { description: "Microsoft Basic Render Driver" },
  ])("calls %o software", (info) => {
    expect(describeAdapter(adapter(info)).software).toBe(true);
  });
});
