// Reader of safetensors: 8 bytes of header length, JSON header, raw numbers.

/**
 * @typedef {Record<string, {shape: number[], values: any}>} Tensors values: a typed array
 *
 * @type {Record<string, (buffer: ArrayBuffer) => Float32Array | Uint8Array | Int32Array>}
 */
const ARRAYS = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => halvesToNumbers(new Uint16Array(buffer)),
  U8: (buffer) => new Uint8Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
};

/**
 * @param {Uint8Array} bytes a whole safetensors file
 * @returns {{metadata: Record<string, string>, tensors: Tensors}}
 * @throws {Error} if the bytes are no such file, or hold a type that is not in ARRAYS
 */
export function parseSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  /** @type {Tensors} */
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of /** @type {[string, any][]} */ (Object.entries(entries))) {
    const read = ARRAYS[dtype];
    if (!read) throw new Error(`safetensors: ${name} is of type ${dtype}; known are ${Object.keys(ARRAYS)}`);
    const values = read(/** @type {ArrayBuffer} */ (bytes.slice(start + from, start + to).buffer)); // a copy, since a view may be misaligned
    tensors[name] = { shape, values };
  }
  return { metadata, tensors };
}

/**
 * By a table, since a large model has 50,000,000 of them.
 * @param {Uint16Array} halves bits of half-precision numbers
 */
function halvesToNumbers(halves) {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits));
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) numbers[i] = table[halves[i]];
  return numbers;
}

/** @type {Float32Array | undefined} */
let table;

/**
 * A half-precision number: sign, 5 bits of exponent, 10 of fraction (IEEE 754).
 * @param {number} bits
 */
function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
