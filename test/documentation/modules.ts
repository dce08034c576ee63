import * as smoothcert from "smoothcert";
import * as certify from "smoothcert/certify";
import * as core from "smoothcert/core";
import * as plot from "smoothcert/plot";
import * as train from "smoothcert/train";
import type { Modules } from "./snippet.js";

/** The package, by the names under which users import it. */
export const MODULES: Modules = {
  smoothcert,
  "smoothcert/certify": certify,
  "smoothcert/core": core,
  "smoothcert/plot": plot,
  "smoothcert/train": train,
};
