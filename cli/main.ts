#!/usr/bin/env node
import { format } from "node:util";
import { runCommandLine } from "./command-line.js";
import { warn } from "./print.js";
import { outliveStandardStreams } from "./standard-streams.js";

outliveStandardStreams();

// Libraries name parts of files in their warnings, too.
console.warn = (...words: unknown[]) => warn(format(...words));

process.exitCode = await runCommandLine(process.argv.slice(2));
