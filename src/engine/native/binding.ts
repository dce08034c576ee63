import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { acceptLists } from "./list-attributes.js";
import { compileOperations } from "./operations.js";
import { linkArguments, type TensorFlowLibrary } from "./tensorflow.js";
import { COMPILER, type Machine, moduleArguments, type RunOptions } from "./tools.js";

/**
 * The two native modules that are compiled at installation: tfjs-node's binding to TensorFlow, with operations of ours,
 * and a small one of ours.
 */

export const BINDING = "tfjs_binding.node";
export const QUIET = "quiet.node";

/**
 * `mute()` sends what the process writes to standard error nowhere, until `unmute()`. TensorFlow greets while it is
 * being loaded, before it has read its own TF_CPP_MIN_LOG_LEVEL.
 */
const QUIET_SOURCE = `#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

static int saved = -1;

static napi_value mute(napi_env, napi_callback_info) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved < 0 && nowhere >= 0) {
    saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved >= 0) dup2(nowhere, STDERR_FILENO);
  }
  if (nowhere >= 0) close(nowhere);
  return nullptr;
}

static napi_value unmute(napi_env, napi_callback_info) {
  if (saved >= 0) {
    dup2(saved, STDERR_FILENO);
    close(saved);
    saved = -1;
  }
  return nullptr;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, mute, nullptr, &function);
  napi_set_named_property(env, exports, "mute", function);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, unmute, nullptr, &function);
  napi_set_named_property(env, exports, "unmute", function);
  return exports;
}
`;

/**
 * Compiles both modules into the folder, from the sources that npm brought there; what it needs on the way lies among
 * these.
 */
export async function compileBindings(
  folder: string,
  tensorflow: TensorFlowLibrary,
  machine: Pick<Machine, "run" | "arch">,
  options: RunOptions,
): Promise<void> {
  const source = join(folder, "node_modules", "@tensorflow", "tfjs-node");
  const shared = moduleArguments(folder);
  const binding = join(source, "binding");
  const files = ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(binding, name));
  await acceptLists(files[0]);
  const output = ["-o", join(folder, BINDING)];
  const includes = ["-I", source, "-I", tensorflow.include];
  const operations = await compileOperations(binding, tensorflow, machine, options);
  const linked = [...files, ...operations, ...linkArguments(folder, tensorflow)];
  await machine.run(COMPILER, [...shared, ...includes, ...linked, ...output], options);
  const quiet = join(folder, "quiet.cc");
  await writeFile(quiet, QUIET_SOURCE);
  await machine.run(COMPILER, [...shared, quiet, "-o", join(folder, QUIET)], options);
  await rm(quiet);
}
