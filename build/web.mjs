// Makes the browser page of web/ into dist/web, after TypeScript has compiled the rest: the page's script and its
// workers, each one file with all that it needs, style, page and model. ONNX Runtime's WebAssembly is not copied once
// more: whoever serves the page takes it from dist/onnxruntime-web.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { STYLE } from "../dist/certify/document/html/style.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "dist/web");

/** Packages of which a bundle holds code, with the texts of their licences. */
const licences = new Map();

async function bundle(input, name) {
  const build = await rolldown({
    input: join(root, input),
    cwd: root,
    platform: "browser",
    // A page has no node:crypto; what it needs of it stands in its place.
    resolve: { conditionNames: ["smoothcert-source"], alias: { "node:crypto": join(root, "web/sha256.ts") } },
    onLog: (level, log) => {
      if (level !== "debug" && level !== "info") throw new Error(`${name}: ${log.message}`);
    },
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  const [{ code, imports, dynamicImports, moduleIds }] = output;
  const left = [...imports, ...dynamicImports];
  if (left.length > 0) throw new Error(`${name} imports what isn't there in a browser: ${left.join(", ")}`);
  moduleIds.forEach(keepLicence);
  writeFileSync(join(target, name), code);
}

function keepLicence(id) {
  const [, folder, name] = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id) ?? [];
  if (folder === undefined || licences.has(name)) return;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const own = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const text = own === undefined ? join(root, `build/${name}.LICENSE`) : join(folder, own);
  if (!existsSync(text)) throw new Error(`${name} has no licence in its package, and none in build/`);
  licences.set(name, `${name} ${version}\n\n${readFileSync(text, "utf8").trim()}\n`);
}

mkdirSync(target, { recursive: true });
await bundle("web/page/main.ts", "page.js");
await bundle("web/worker/wasm.ts", "worker-wasm.js");
await bundle("web/worker/webgpu.ts", "worker-webgpu.js");
writeFileSync(join(target, "style.css"), `${STYLE}\n${readFileSync(join(root, "web/style.css"), "utf8")}`);
copyFileSync(join(root, "web/index.html"), join(target, "index.html"));
copyFileSync(join(root, "web/model/digits.onnx"), join(target, "digits.onnx"));
writeFileSync(join(target, "licences.txt"), [...licences.values()].join("\n\n"));
