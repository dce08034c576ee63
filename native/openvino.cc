// OpenVINO for Node: opens a model from a file, and computes batches on the processor. A module of its own, compiled at
// installation; src/engine/openvino/binding.ts says what it exports.
#include <node_api.h>

#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "no-signals.h"
#include "openvino/openvino.hpp"

namespace smoothcert {
namespace {

// A model that is ready to compute. Its memory goes with `close`, or with the object that JavaScript holds.
struct Network {
  ov::CompiledModel model;
  ov::InferRequest request;
};

// A type of elements, as ONNX Runtime calls it, and the typed array that holds them.
struct ElementType {
  ov::element::Type_t type;
  const char* name;
  napi_typedarray_type array;
};

// Halves are held as their bits.
constexpr ElementType kTypes[] = {
    {ov::element::Type_t::f32, "float32", napi_float32_array},
    {ov::element::Type_t::f64, "float64", napi_float64_array},
    {ov::element::Type_t::f16, "float16", napi_uint16_array},
    {ov::element::Type_t::u8, "uint8", napi_uint8_array},
};

const ElementType* typeOf(const ov::element::Type& type) {
  for (const ElementType& each : kTypes) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

napi_value text(napi_env env, const std::string& value) {
  napi_value made;
  napi_create_string_utf8(env, value.data(), value.size(), &made);
  return made;
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

// An array of numbers, with null for a dimension of any size.
napi_value sizes(napi_env env, const std::vector<int64_t>& values) {
  napi_value made;
  napi_create_array_with_length(env, values.size(), &made);
  for (size_t i = 0; i < values.size(); i++) {
    napi_value value;
    if (values[i] < 0) napi_get_null(env, &value);
    else napi_create_int64(env, values[i], &value);
    napi_set_element(env, made, i, value);
  }
  return made;
}

std::vector<int64_t> sizesOf(const ov::PartialShape& shape) {
  std::vector<int64_t> found;
  if (shape.rank().is_dynamic()) return found;
  for (const ov::Dimension& size : shape) found.push_back(size.is_dynamic() ? -1 : size.get_length());
  return found;
}

// {type, shape} of each input or output.
napi_value described(napi_env env, const std::vector<ov::Output<const ov::Node>>& ports) {
  napi_value made;
  napi_create_array_with_length(env, ports.size(), &made);
  for (size_t i = 0; i < ports.size(); i++) {
    const ElementType* type = typeOf(ports[i].get_element_type());
    napi_value port;
    napi_create_object(env, &port);
    set(env, port, "type", text(env, type == nullptr ? ports[i].get_element_type().to_string() : type->name));
    set(env, port, "shape", sizes(env, sizesOf(ports[i].get_partial_shape())));
    napi_set_element(env, made, i, port);
  }
  return made;
}

std::vector<napi_value> argumentsOf(napi_env env, napi_callback_info info, size_t count) {
  std::vector<napi_value> arguments(count);
  napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr);
  return arguments;
}

std::string stringOf(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string found(length, '\0');
  napi_get_value_string_utf8(env, value, found.data(), length + 1, &length);
  return found;
}

// Of this thread: a worker of Node's has its own.
ov::Core& core() {
  thread_local ov::Core made;
  return made;
}

// open(path, threads, precision): {network, inputs, outputs}
napi_value open(napi_env env, napi_callback_info info) {
  const std::vector<napi_value> arguments = argumentsOf(env, info, 3);
  int32_t threads = 0;
  napi_get_value_int32(env, arguments[1], &threads);
  const ov::element::Type precision(stringOf(env, arguments[2]));
  auto network = std::make_unique<Network>();
  // Unpinned: the networks of several threads would share the first core.
  network->model = core().compile_model(
      core().read_model(stringOf(env, arguments[0])), "CPU",
      ov::AnyMap{ov::inference_num_threads(threads), ov::num_streams(1), ov::hint::enable_cpu_pinning(false),
                 ov::hint::inference_precision(precision)});
  const ov::element::Type found = network->model.get_property(ov::hint::inference_precision);
  OPENVINO_ASSERT(found == precision, "this processor does not compute in ", precision, ", but in ", found);
  network->request = network->model.create_infer_request();
  napi_value made, external;
  napi_create_object(env, &made);
  set(env, made, "inputs", described(env, network->model.inputs()));
  set(env, made, "outputs", described(env, network->model.outputs()));
  const auto release = [](napi_env, void* data, void*) { delete static_cast<Network*>(data); };
  napi_create_external(env, network.release(), release, nullptr, &external);
  set(env, made, "network", external);
  return made;
}

Network& networkOf(napi_env env, napi_value external) {
  void* data = nullptr;
  napi_get_value_external(env, external, &data);
  return *static_cast<Network*>(data);
}

// Copies an output: {dims, data}, or null for elements of another type.
napi_value outputOf(napi_env env, const ov::Tensor& tensor) {
  const ElementType* type = typeOf(tensor.get_element_type());
  napi_value made;
  if (type == nullptr) {
    napi_get_null(env, &made);
    return made;
  }
  void* bytes = nullptr;
  napi_value buffer, data;
  napi_create_arraybuffer(env, tensor.get_byte_size(), &bytes, &buffer);
  std::memcpy(bytes, tensor.data(), tensor.get_byte_size());
  napi_create_typedarray(env, type->array, tensor.get_size(), buffer, 0, &data);
  napi_create_object(env, &made);
  const ov::Shape& shape = tensor.get_shape();
  set(env, made, "dims", sizes(env, std::vector<int64_t>(shape.begin(), shape.end())));
  set(env, made, "data", data);
  return made;
}

// run(network, elements, dims): the outputs
napi_value run(napi_env env, napi_callback_info info) {
  const std::vector<napi_value> arguments = argumentsOf(env, info, 3);
  Network& network = networkOf(env, arguments[0]);
  size_t length = 0;
  void* data = nullptr;
  napi_get_typedarray_info(env, arguments[1], nullptr, &length, &data, nullptr, nullptr);
  uint32_t rank = 0;
  napi_get_array_length(env, arguments[2], &rank);
  ov::Shape shape(rank);
  for (uint32_t i = 0; i < rank; i++) {
    napi_value size;
    int64_t found = 0;
    napi_get_element(env, arguments[2], i, &size);
    napi_get_value_int64(env, size, &found);
    shape[i] = static_cast<size_t>(found);
  }
  OPENVINO_ASSERT(ov::shape_size(shape) == length, "an input of ", length, " elements can't have shape ", shape);
  network.request.set_input_tensor(ov::Tensor(network.model.input().get_element_type(), shape, data));
  network.request.infer();
  const size_t count = network.model.outputs().size();
  napi_value made;
  napi_create_array_with_length(env, count, &made);
  for (size_t i = 0; i < count; i++) {
    napi_set_element(env, made, i, outputOf(env, network.request.get_output_tensor(i)));
  }
  return made;
}

// close(network)
napi_value close(napi_env env, napi_callback_info info) {
  Network& network = networkOf(env, argumentsOf(env, info, 1)[0]);
  network.request = {};
  network.model = {};
  return nullptr;
}

// version(): of the library
napi_value version(napi_env env, napi_callback_info) { return text(env, ov::get_openvino_version().buildNumber); }

using Function = napi_value (*)(napi_env, napi_callback_info);

// A failure becomes an exception of JavaScript's.
template <Function function>
napi_value guarded(napi_env env, napi_callback_info info) {
  const NoSignals none;
  try {
    return function(env, info);
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

void exported(napi_env env, napi_value exports, const char* name, Function function) {
  napi_value made;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &made);
  set(env, exports, name, made);
}

}  // namespace
}  // namespace smoothcert

NAPI_MODULE_INIT() {
  using namespace smoothcert;
  exported(env, exports, "open", guarded<open>);
  exported(env, exports, "run", guarded<run>);
  exported(env, exports, "close", guarded<close>);
  exported(env, exports, "version", guarded<version>);
  return exports;
}
