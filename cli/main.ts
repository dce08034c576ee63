#!/usr/bin/env node
import { runCommandLine } from "./command-line.js";

// A reader that has seen enough (`smoothcert --help | head -3`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
