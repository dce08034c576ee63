#!/usr/bin/env node
import { format } from "node:util";
import { runCommandLine } from "./command-line.js";
import { warn } from "./print.js";

// A reader that has seen enough (`smoothcert --help | head -3`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

// Libraries name parts of files in their warnings, too.
console.warn = (...words: unknown[]) => warn(format(...words));

process.exitCode = await runCommandLine(process.argv.slice(2));
