import { type Dawn, describeAdapter, requestAdapter } from "./adapter.js";

/**
 * A program of its own, run in a child process before an engine loads Dawn: a broken driver may end the process.
 * Argument: the address of the package `webgpu`. Prints the adapter as one JSON object, or null where there is none.
 */
const { create } = (await import(process.argv[2])) as Dawn;
// Dawn stops, and with it all that is waited for, when this object is collected.
const gpu = create([]);
const adapter = await requestAdapter(gpu);
process.stdout.write(JSON.stringify(adapter && describeAdapter(adapter)));
