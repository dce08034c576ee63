import { copyFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { FileError } from "../src/errors.js";
import { makeFolder } from "../src/files/make-folder.js";
import { integer, outputName } from "./options.js";
import { type PageFile, POLICY, pageFiles, servePage, WEBGPU_INSTALLATION } from "./page-server.js";
import { note, print } from "./print.js";

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly out?: string;
}

/** By which the page is known again. */
const TITLE = "<title>smoothcert: certify in the browser</title>";

const HELP = `
On the page one drops an ONNX model and images, or draws a digit, and watches
votes arrive and the certified radius grow. Everything is computed in the
browser: the page sends nothing, and this command only hands out its files.
Whoever can reach --host can open the page; by default that is this machine alone.
Ctrl-C ends it.

The page offers WebGPU, where the browser has it, if ONNX Runtime for it is there:
  ${WEBGPU_INSTALLATION}

With --out the files are written into a folder for any web server instead.

Examples:
  smoothcert serve
  smoothcert serve --port 0
  smoothcert serve --out site`;

/** `smoothcert serve`: the browser page. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("serve a page that certifies in the browser; nothing leaves it")
    .option("--port <p>", "the port; 0 for a free one", integer("--port", 0, 65_535), 8080)
    .option("--host <h>", "the address to listen on", outputName("--host"), "127.0.0.1")
    .option("--out <folder>", "write the page's files there, and serve nothing", outputName("--out"))
    .addHelpText("after", HELP)
    .action(serve);
}

async function serve({ port, host, out }: ServeOptions): Promise<void> {
  const files = pageFiles();
  if (out !== undefined) return writePage(files, out);
  const page = await servePage(files, host, port);
  print(page.url);
  note("Open it in a browser; Ctrl-C ends this.");
  await stopped();
  await page.close();
}

function writePage(files: readonly PageFile[], out: string): void {
  requireOwnPage(files, out);
  makeFolder(out);
  for (const { name, path } of files) copyFileSync(path, join(out, name));
  print(`${out}: ${files.map(({ name }) => name).join(", ")}`);
  note("Serve them with these headers, which bind the page's worker too:");
  note(`  Content-Security-Policy: ${POLICY}`);
}

/** The page may be written again; another site is not overwritten. */
function requireOwnPage(files: readonly PageFile[], out: string): void {
  const there = files.map(({ name }) => join(out, name)).filter((path) => existsSync(path));
  const page = join(out, "index.html");
  if (there.length === 0 || (isFile(page) && readFileSync(page, "utf8").includes(TITLE))) return;
  throw new FileError(there[0], "belongs to another site and is not replaced. Name another folder");
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Settles when a person or a service manager asks the process to end. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
