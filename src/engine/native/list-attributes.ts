import { readFile, writeFile } from "node:fs/promises";
import { EngineError } from "../../errors.js";

/**
 * tfjs-node's binding passes lists of integers, floats and booleans on to TensorFlow's operations, but no lists of
 * strings or types, which the fused operations want. Two additions to its source make up for that.
 */

const STRINGS = `    case TF_ATTR_STRING: {
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<std::string> strings(length);
        std::vector<const void *> values(length);
        std::vector<size_t> lengths(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = GetStringParam(env, element, strings[i]);
          ENSURE_NAPI_OK(env, nstatus);
          values[i] = strings[i].data();
          lengths[i] = strings[i].size();
        }
        TFE_OpSetAttrStringList(tfe_op, attr_name, values.data(), lengths.data(),
                                static_cast<int>(length));
        break;
      }
`;

const TYPES = `    case TF_ATTR_TYPE: {
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<TF_DataType> types(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = napi_get_value_int32(
              env, element, reinterpret_cast<int32_t *>(&types[i]));
          ENSURE_NAPI_OK(env, nstatus);
        }
        TFE_OpSetAttrTypeList(tfe_op, attr_name, types.data(), static_cast<int>(length));
        break;
      }
`;

/**
 * Adds to the source of the binding's backend.
 *
 * @throws EngineError if it is not the source that this was written for
 */
export async function acceptLists(path: string): Promise<void> {
  let source = await readFile(path, "utf8");
  for (const addition of [STRINGS, TYPES]) {
    const [place] = addition.split("\n");
    const parts = source.split(`${place}\n`);
    if (parts.length !== 2)
      throw new EngineError(`engine install: ${path} has ${parts.length - 1} lines "${place.trim()}", expected 1`);
    source = parts.join(addition);
  }
  await writeFile(path, source);
}
