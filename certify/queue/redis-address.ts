import { ArgumentError, show, withoutPassword } from "../../src/index.js";

/** Where a Redis is, and how to be let in. */
export interface RedisAddress {
  /** Host, port and database, for messages: never user or password. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  /** Whether it is reached by TLS, its certificate checked against those that Node trusts (NODE_EXTRA_CA_CERTS). */
  readonly tls: boolean;
}

/**
 * The address in a `redis://[USER:PASSWORD@]HOST[:PORT][/DB]`, or `rediss://` for TLS. User and password may come from
 * SMOOTHCERT_QUEUE_USER and SMOOTHCERT_QUEUE_PASSWORD, where other users of the machine don't see them.
 *
 * @throws ArgumentError, which shows no password, for anything else
 */
export function redisAddress(url: string, env: NodeJS.ProcessEnv = process.env): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const db = /^\/?(\d{0,4})$/.exec(parsed?.pathname ?? "-");
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === "" || db === null) {
    const rule = "--queue must be dir:PATH, redis://HOST:PORT/DB or rediss://HOST:PORT/DB";
    throw new ArgumentError(`${rule}, got ${show(withoutPassword(url))}`, "--queue", withoutPassword(url));
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const port = Number(parsed.port || 6379);
  const username = decodeURIComponent(parsed.username) || env.SMOOTHCERT_QUEUE_USER;
  const password = decodeURIComponent(parsed.password) || env.SMOOTHCERT_QUEUE_PASSWORD;
  return {
    name: `${parsed.protocol}//${parsed.hostname}:${port}/${Number(db[1])}`,
    host,
    port,
    db: Number(db[1]),
    tls: parsed.protocol === "rediss:",
    ...(username && { username }),
    ...(password && { password }),
  };
}
