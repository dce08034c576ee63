/** What `--provider openvino` is made of: Intel's OpenVINO, as PyPI has it, pinned to the hash of its contents. */

export const OPENVINO_VERSION = "2026.4.1";

/** The build for Python 3.11 on Linux x64; the libraries inside do not depend on Python. */
export const OPENVINO_WHEEL = {
  source: `openvino==${OPENVINO_VERSION}`,
  sha256: "2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf",
} as const;

/** The size of the download, in bytes. */
export const DOWNLOAD_BYTES = 59_130_756;

/** Of `native/openvino.cc`. Installations of other revisions are not used. */
export const BINDING_REVISION = 1;

/** The library that the binding is linked with, in the folder {@link LIBRARIES}. */
export const LIBRARY = "libopenvino.so.2641";

/** The folder of libraries in the package, and in an installation. */
export const LIBRARIES = "openvino/libs";

/** Of the package: what computes on the processor and reads ONNX, and the headers. */
export const NEEDED: string =
  "^openvino/(libs/lib(openvino|openvino_intel_cpu_plugin|openvino_onnx_frontend|tbb|tbbmalloc)" +
  String.raw`\.so[.\d]*$|include/openvino/.*\.hpp$)`;
