import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { FileError } from "../src/errors.js";
import { packageFile } from "../src/files/package-file.js";
import { listening } from "./listening.js";

/** A file of the browser page: its name there, and where it lies here. */
export interface PageFile {
  readonly name: string;
  readonly path: string;
}

const MADE = [
  "index.html",
  "style.css",
  "page.js",
  "worker-wasm.js",
  "worker-webgpu.js",
  "digits.onnx",
  "licences.txt",
];
const WASM = "ort-wasm-simd-threaded.wasm";
const WEBGPU = "ort-wasm-simd-threaded.asyncify.wasm";

const require = createRequire(import.meta.url);

/**
 * All files of the page: what the build made of it, and ONNX Runtime, which lies in the package already. That for
 * WebGPU is taken from `onnxruntime-web`, where somebody has installed the version that the page is made for.
 *
 * @throws FileError in a clone that isn't built
 */
export function pageFiles(): PageFile[] {
  const made = packageFile("dist/web");
  const runtime = dirname(require.resolve("smoothcert/certify/onnxruntime-web"));
  if (!existsSync(made)) throw new FileError(made, "the page is not built; run npm run build");
  const files = [...MADE.map((name) => ({ name, path: join(made, name) })), { name: WASM, path: join(runtime, WASM) }];
  const webgpu = installedWebGpu();
  return webgpu === undefined ? files : [...files, { name: WEBGPU, path: webgpu }];
}

/** The version that the page is made for. */
const RUNTIME_VERSION = "1.30.0";

/** How a user adds WebGPU to the page. */
export const WEBGPU_INSTALLATION = `npm install --ignore-scripts onnxruntime-web@${RUNTIME_VERSION}`;

function installedWebGpu(): string | undefined {
  try {
    const path = require.resolve(`onnxruntime-web/${WEBGPU}`);
    const { version } = JSON.parse(readFileSync(join(dirname(path), "../package.json"), "utf8"));
    return version === RUNTIME_VERSION ? path : undefined;
  } catch {
    return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * What a browser may do with the page, and with its worker, which goes by the policy of its own answer: nothing but
 * ask this server for the files above.
 */
export const POLICY: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/** A page that is being served. */
export interface ServedPage {
  readonly url: string;
  /** Ends at once, whatever is under way. */
  close(): Promise<void>;
}

/**
 * Serves the page: these files, read now, and nothing else. No name that is asked for reaches the disk.
 *
 * @param port integer in [0, 65535]; 0 for a free one
 * @throws Error saying what to do where the port is taken, or the host isn't this machine's
 */
export async function servePage(files: readonly PageFile[], host: string, port: number): Promise<ServedPage> {
  const contents = new Map(
    files.map(({ name, path }) => [`/${name}`, { type: typeOf(name), body: readFileSync(path) }]),
  );
  const server = createServer((request, response) => answer(request, response, contents));
  const taken = await listening(server, host, port, "--port");
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Content {
  readonly type: string;
  readonly body: Buffer;
}

function typeOf(name: string): string {
  return TYPES[extname(name)] ?? "application/octet-stream";
}

function answer(request: IncomingMessage, response: ServerResponse, contents: ReadonlyMap<string, Content>): void {
  const [path] = (request.url ?? "").split("?");
  const content = contents.get(path === "/" ? "/index.html" : path);
  const reads = request.method === "GET" || request.method === "HEAD";
  const status = !reads ? 405 : content === undefined ? 404 : 200;
  const { type, body } =
    status === 200 && content ? content : { type: TYPES[".txt"], body: Buffer.from(`${status}\n`) };
  response.writeHead(status, { ...HEADERS, "Content-Type": type, "Content-Length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}
