// Reads the safetensors format (8 bytes of header length, JSON header, raw numbers): the browser payload.

const ARRAYS = { F32: Float32Array, U8: Uint8Array, I32: Int32Array };

/**
 * @param {Uint8Array} bytes a whole safetensors file
 * @returns {{metadata: Object<string, string>, tensors: Object<string, {shape: number[], values: TypedArray}>}}
 * @throws {Error} if the bytes are not such a file, or hold a type that is not in ARRAYS
 */
export function parseSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    const TypedArray = ARRAYS[dtype];
    if (!TypedArray) throw new Error(`safetensors: ${name} is of type ${dtype}; known are ${Object.keys(ARRAYS)}`);
    const values = new TypedArray(bytes.slice(start + from, start + to).buffer); // a copy is aligned, a view may not be
    tensors[name] = { shape, values };
  }
  return { metadata, tensors };
}
