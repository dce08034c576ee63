// Makes the browser page of web/ into dist/web, after TypeScript has compiled the rest: the page's script and its
// workers, each one file with all that it needs, style, page and model. ONNX Runtime's WebAssembly is not copied once
// more: whoever serves the page takes it from dist/onnxruntime-web.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STYLE } from "../dist/certify/document/html/style.js";
import { bundle, ROOT } from "./bundle.mjs";

const target = join(ROOT, "dist/web");

/** Packages of which a bundle holds code, with the texts of their licences. */
const licences = new Map();

const FOR_BROWSERS = {
  platform: "browser",
  // A page has no node:crypto; what it needs of it stands in its place.
  resolve: { conditionNames: ["smoothcert-source"], alias: { "node:crypto": join(ROOT, "web/sha256.ts") } },
};

async function writeBundle(input, name) {
  const { output } = await bundle(input, FOR_BROWSERS, (build) =>
    build.generate({ format: "esm", minify: true, codeSplitting: false }),
  );
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
  const text = own === undefined ? join(ROOT, `build/${name}.LICENSE`) : join(folder, own);
  if (!existsSync(text)) throw new Error(`${name} has no licence in its package, and none in build/`);
  licences.set(name, `${name} ${version}\n\n${readFileSync(text, "utf8").trim()}\n`);
}

mkdirSync(target, { recursive: true });
await writeBundle("web/page/main.ts", "page.js");
await writeBundle("web/worker/wasm.ts", "worker-wasm.js");
await writeBundle("web/worker/webgpu.ts", "worker-webgpu.js");
writeFileSync(join(target, "style.css"), `${STYLE}\n${readFileSync(join(ROOT, "web/style.css"), "utf8")}`);
copyFileSync(join(ROOT, "web/index.html"), join(target, "index.html"));
copyFileSync(join(ROOT, "web/model/digits.onnx"), join(target, "digits.onnx"));
writeFileSync(join(target, "licences.txt"), [...licences.values()].join("\n\n"));
