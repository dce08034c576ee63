/** What the native engine is made of: every download is pinned to a version and to the hash of its contents. */

/** `cpu` or `gpu`: which build of TensorFlow. */
export type NativeKind = "cpu" | "gpu";

export const TFJS_NODE_VERSION = "4.22.0";
export const TENSORFLOW_VERSION = "2.21.0";
/**
 * Of what we change in the binding and add to it, `native/` included. Installations of other revisions are not used.
 */
export const BINDING_REVISION = 6;

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As npm writes it in lock files. */
  readonly integrity: string;
}

/** What bindings are compiled with. */
export const NODE_API_HEADERS: NpmPackage = {
  name: "node-api-headers",
  version: "1.9.0",
  integrity: "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
};

/** The JavaScript and the C++ binding of TensorFlow.js for Node, what they need, and the headers to compile with. */
export const NPM_PACKAGES: readonly NpmPackage[] = [
  {
    name: "@tensorflow/tfjs-node",
    version: TFJS_NODE_VERSION,
    integrity: "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
  },
  {
    name: "google-protobuf",
    version: "3.21.4",
    integrity: "sha512-MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==",
  },
  NODE_API_HEADERS,
];

/** A build of TensorFlow on PyPI that holds the C library and its headers. */
export interface Wheel {
  readonly package: string;
  readonly sha256: string;
  /** The size of the download, in bytes. */
  readonly bytes: number;
}

/** The builds for Python 3.11 on Linux x64; the library inside does not depend on Python, which need not be 3.11. */
export const WHEELS: Readonly<Record<NativeKind, Wheel>> = {
  cpu: {
    package: "tensorflow-cpu",
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
    bytes: 273_829_956,
  },
  gpu: {
    package: "tensorflow",
    sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
    bytes: 572_440_367,
  },
};
