import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { POLICY, pageFiles, type ServedPage, servePage } from "../../cli/page-server.js";
import { smoothcert, start } from "../cli/support.js";

let served: ServedPage;
let port: number;
beforeAll(async () => {
  served = await servePage(pageFiles(), "127.0.0.1", 0);
  port = Number(new URL(served.url).port);
});
afterAll(() => served.close());

/** The answer to a request that is sent as it is: what clients of a higher level make of a path is left out. */
async function answerTo(line: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(`${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => {
    text += part;
  });
  await once(socket, "close");
  return text;
}

const statusOf = async (line: string): Promise<string> => (await answerTo(line)).split(" ")[1];

describe("the server of the page", () => {
  it("serves the files of the page, of their types, under one policy", async () => {
    for (const { name } of pageFiles()) expect([name, await statusOf(`HEAD /${name}`)]).toEqual([name, "200"]);
    const [head, body] = (await answerTo("GET /?from=here")).split("\r\n\r\n");
    expect(body).toContain("<h1>Certify in the browser</h1>");
    expect(head).toContain(`\r\nContent-Security-Policy: ${POLICY}\r\n`);
    expect(head).toContain("\r\nContent-Type: text/html; charset=utf-8\r\n");
    expect(await answerTo("HEAD /ort-wasm-simd-threaded.wasm")).toContain("\r\nContent-Type: application/wasm\r\n");
    expect(POLICY).not.toMatch(/'unsafe-inline'|'unsafe-eval'|https?:|\*/);
  });

  it("has the policy in the page too, for servers that send none", async () => {
    const page = await answerTo("GET /index.html");
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(`${policy.replaceAll(/\s+/g, " ")}; frame-ancestors 'none'`).toBe(POLICY);
  });

  it.each([
    "GET /../package.json",
    "GET /..%2fpackage.json",
    "GET /%2e%2e/package.json",
    "GET //etc/passwd",
    "GET /..\\package.json",
    "GET http://localhost/../package.json",
    "GET /package.json",
    "GET /constructor",
    "GET /index.html/",
  ])("serves nothing else: %s", async (line) => {
    expect(await statusOf(line)).toBe("404");
  });

  it.each(["POST /", "PUT /index.html", "DELETE /page.js", "OPTIONS /"])("only reads: %s", async (line) => {
    expect(await statusOf(line)).toBe("405");
  });
});

describe("smoothcert serve", () => {
  it.each([
    [() => ["--port", String(port)], 1, () => `port ${port} of 127.0.0.1 is taken: choose another with --port`],
    [() => ["--port", "65536"], 2, () => "--port must be an integer in [0, 65535], got"],
    [() => ["--port", "0", "--host", "192.0.2.1"], 1, () => "this machine has no address 192.0.2.1: check the host"],
  ])("says what is wrong", async (words, code, message) => {
    const outcome = await smoothcert("serve", ...words());
    expect(outcome).toMatchObject({ code, out: "", err: expect.stringContaining(message()) });
  });

  it("serves on a free port until Ctrl-C, also while a browser holds a connection", async () => {
    const { child, outcome, said } = start("serve", "--port", "0");
    const printed = once(child.stdout!, "data");
    await said("Ctrl-C ends this");
    const [url] = /http:\S+/.exec(String(await printed)) ?? [];
    const response = await fetch(url as string);
    expect(response.status).toBe(200);
    const idle = connect(Number(new URL(url as string).port), "127.0.0.1");
    await once(idle, "connect");
    idle.on("error", () => {});
    child.kill("SIGINT");
    expect(await outcome).toMatchObject({ code: 0, out: `${url}\n` });
  });

  it("writes the page for another server", async () => {
    const folder = await mkdtemp(join(tmpdir(), "smoothcert-serve-"));
    try {
      const { code, out, err } = await smoothcert("serve", "--out", join(folder, "a", "site"));
      expect([code, out.split(":")[0]]).toEqual([0, join(folder, "a", "site")]);
      expect(err).toContain(POLICY);
      const files = pageFiles();
      expect((await readdir(join(folder, "a", "site"))).sort()).toEqual(files.map(({ name }) => name).sort());
      const [page] = files;
      expect(await readFile(join(folder, "a", "site", page.name))).toEqual(await readFile(page.path));
      expect(await smoothcert("serve", "--out", join(folder, "a", "site"))).toMatchObject({ code: 0 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("writes nothing over another site", async () => {
    const folder = await mkdtemp(join(tmpdir(), "smoothcert-serve-"));
    try {
      const page = join(folder, "index.html");
      await writeFile(page, "<!doctype html><title>Mine</title>");
      const { code, err } = await smoothcert("serve", "--out", folder);
      const message = `error: ${page}: belongs to another site and is not replaced. Name another folder\n`;
      expect([code, err]).toEqual([1, message]);
      expect(await readdir(folder)).toEqual(["index.html"]);
      const style = join(folder, "style.css");
      await rm(page);
      await writeFile(style, "body {}");
      const without = await smoothcert("serve", "--out", folder);
      expect([without.code, without.err.split(":")[1].trim()]).toEqual([1, style]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
