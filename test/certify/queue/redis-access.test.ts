import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArgumentError, EngineError, withoutPassword } from "smoothcert";
import { redisTransport } from "smoothcert/certify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, RedisServer, redisMissing } from "../../../bench/faults/redis-server.js";
import { redisAddress } from "../../../certify/queue/redis-address.js";

const SECRET = "hunter2%40x";
const missing = redisMissing();

describe("access to a Redis", () => {
  let server: RedisServer;
  let folder: string;
  let tlsPort: number;
  beforeAll(async () => {
    if (missing !== undefined) return;
    folder = await mkdtemp(join(tmpdir(), "smoothcert-tls-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = [
      "-subj",
      "/CN=localhost",
      "-days",
      "1",
      "-nodes",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
    ];
    execFileSync("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
    tlsPort = await freePort();
    const tls = [
      "--tls-port",
      String(tlsPort),
      "--tls-cert-file",
      cert,
      "--tls-key-file",
      key,
      "--tls-auth-clients",
      "no",
    ];
    server = await RedisServer.start("--requirepass", decodeURIComponent(SECRET), ...tls);
  });
  afterAll(async () => {
    await server?.remove();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  const refused = async (url: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const error = await redisTransport(url, { env }).then(
      () => new Error("let in"),
      (problem: Error) => problem,
    );
    expect(error).toBeInstanceOf(EngineError);
    expect(error.stack).not.toMatch(/hunter2|wrong-word/);
    return error.message;
  };

  it("needs the password, and TLS a certificate that is trusted; what is refused shows no password", async ({
    skip,
  }) => {
    skip(missing !== undefined, missing);
    const [host, port] = ["127.0.0.1", server.port];
    const name = `queue redis://${host}:${port}/0: can't be used: `;
    expect(await refused(`redis://${host}:${port}`)).toMatch(`${name}NOAUTH`);
    expect(await refused(`redis://:wrong-word@${host}:${port}`)).toMatch(`${name}WRONGPASS`);
    expect(await refused(`redis://${host}:${port}`, { SMOOTHCERT_QUEUE_PASSWORD: "wrong-word" })).toMatch("WRONGPASS");
    expect(await refused(`rediss://:${SECRET}@localhost:${tlsPort}`)).toMatch("can't be used: self-signed certificate");
    expect(await refused(`redis://${host}:1`)).toMatch("can't be used: connect ECONNREFUSED");
    const env = { SMOOTHCERT_QUEUE_PASSWORD: decodeURIComponent(SECRET) };
    for (const ours of [
      await redisTransport(`redis://:${SECRET}@${host}:${port}`),
      await redisTransport(server.url, { env }),
    ]) {
      expect(ours.name).toBe(`redis://${host}:${port}/0`);
      expect(await ours.status()).toEqual({ waiting: 0, active: 0, failed: 0, plans: [] });
      await ours.close();
    }
  });
});

describe("the address of a Redis", () => {
  it("has host, port, database and TLS; user and password are in it or in the environment", () => {
    const env = { SMOOTHCERT_QUEUE_USER: "u", SMOOTHCERT_QUEUE_PASSWORD: "p" };
    expect(redisAddress("redis://h", {})).toEqual({
      name: "redis://h:6379/0",
      host: "h",
      port: 6379,
      db: 0,
      tls: false,
    });
    expect(redisAddress("rediss://a:b%2F@h:1/7", env)).toMatchObject({
      username: "a",
      password: "b/",
      port: 1,
      db: 7,
      tls: true,
    });
    expect(redisAddress("redis://h", env)).toMatchObject({ username: "u", password: "p" });
    expect(redisAddress("redis://[::1]:5", {})).toMatchObject({ host: "::1", port: 5 });
  });

  it.each(["http://u:secret@h", "redis:///0", "queue", "redis://u:secret@h/x", "dir:"])("is refused: %s", (url) => {
    expect(() => redisAddress(url, {})).toThrow(ArgumentError);
    expect(() => redisAddress(url, {})).toThrow(
      "--queue must be dir:PATH, redis://HOST:PORT/DB or rediss://HOST:PORT/DB, got",
    );
    expect(() => redisAddress(url, {})).not.toThrow("secret");
  });

  it("is shown without user and password", () => {
    const shown = withoutPassword("submit --queue redis://me:secret@h:1/0 --out a@b rediss://:x@y");
    expect(shown).toBe("submit --queue redis://***@h:1/0 --out a@b rediss://***@y");
  });
});
