/** The GPU that Dawn found, or the program that stands in for one. */
export interface AdapterReport {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** The driver, as it names itself. */
  readonly driver: string;
  readonly api: "Vulkan" | "Metal" | "Direct3D 12";
  /** Whether the processor computes what a GPU should. */
  readonly software: boolean;
  readonly limits: AdapterLimits;
}

/** The limits that training may meet; a device is asked for as much as the adapter has. */
export const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

export type AdapterLimits = Readonly<Record<(typeof LIMITS)[number], number>>;

/** What we use of WebGPU's `GPUAdapter`. */
export interface Adapter {
  readonly info: Readonly<Record<"vendor" | "architecture" | "device" | "description", string>> & {
    readonly isFallbackAdapter: boolean;
  };
  readonly limits: AdapterLimits;
  requestDevice(descriptor: { requiredLimits: AdapterLimits }): Promise<Device>;
}

/** What we use of WebGPU's `GPUDevice`. */
export interface Device {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: "uncapturederror", listener: (event: ErrorEvent) => void): void;
}

export interface ErrorEvent {
  readonly error: Error;
  preventDefault(): void;
}

/** What we use of the npm package `webgpu`. */
export interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: object;
}

export interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<Adapter | null>;
}

/** The fastest adapter. */
export function requestAdapter(gpu: Gpu): Promise<Adapter | null> {
  return gpu.requestAdapter({ powerPreference: "high-performance" });
}

/** Drivers that compute on the processor: SwiftShader, Mesa's llvmpipe, Direct3D's WARP. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

export function describeAdapter({ info, limits }: Adapter, platform: string = process.platform): AdapterReport {
  const { vendor, architecture, device, description } = info;
  const words = [vendor, architecture, device, description].join(" ");
  return {
    name: device || description || vendor,
    vendor,
    architecture,
    driver: description,
    api: platform === "darwin" ? "Metal" : platform === "win32" ? "Direct3D 12" : "Vulkan",
    software: info.isFallbackAdapter || SOFTWARE.test(words),
    limits: limitsOf(limits),
  };
}

/** As a plain object, which WebGPU's own is not. */
export function limitsOf(limits: AdapterLimits): AdapterLimits {
  return Object.fromEntries(LIMITS.map((name) => [name, limits[name]])) as AdapterLimits;
}
