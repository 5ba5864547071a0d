// Reads the safetensors format (8 bytes of header length, JSON header, raw numbers): the browser payload.

const ARRAYS = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => halvesToNumbers(new Uint16Array(buffer)),
  U8: (buffer) => new Uint8Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
};

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
    const read = ARRAYS[dtype];
    if (!read) throw new Error(`safetensors: ${name} is of type ${dtype}; known are ${Object.keys(ARRAYS)}`);
    const values = read(bytes.slice(start + from, start + to).buffer); // a copy is aligned, a view may not be
    tensors[name] = { shape, values };
  }
  return { metadata, tensors };
}

/** @param {Uint16Array} halves each the bits of a number; by a table, as a large model has 50,000,000 of them */
function halvesToNumbers(halves) {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) numbers[i] = table[halves[i]];
  return numbers;
}

/** @type {Float32Array | undefined} */
let table;

/** The number that 16 bits stand for: sign, 5 bits of exponent, 10 of fraction (IEEE 754). */
function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
