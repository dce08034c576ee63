import type * as tfl from "@tensorflow/tfjs-layers";

/** The weight of a layer by its Keras name (`kernel`, `bias`, `gamma`, ...), whatever the layer itself is called. */
export function weightNamed(layer: tfl.layers.Layer, name: string): tfl.LayerVariable | undefined {
  return layer.weights.find((weight) => weight.originalName.split("/").at(-1)!.replace(/_\d+$/, "") === name);
}
