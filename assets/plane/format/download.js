// Saves bytes as a download.

/** @import { Message } from "../types.js" */

/** @type {Set<string>} */
const saved = new Set(); // ids of the parcels saved so far: a message may be repeated

/**
 * Streamlit component without a picture: saves the parcel that Python sends (`pages/ui/plane/film.py`).
 * @param {Pick<Message<?Uint8Array>, "data">} message
 */
export function mount({ data }) {
  if (!data?.length) return; // nothing to save
  const { id, name, type, content } = readParcel(data);
  if (saved.has(id)) return;
  saved.add(id);
  download(new Blob([content], { type }), name);
}

/**
 * Let the browser save a blob.
 * @param {Blob} blob
 * @param {string} name of the file
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // long enough for any disk
}

/**
 * @param {Uint8Array} bytes the length of a header (4 bytes, little-endian), the header, the content
 * @returns {{id: string, name: string, type: string, content: Uint8Array<ArrayBuffer>}}
 */
function readParcel(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { ...header, content: bytes.subarray(4 + length) };
}

/**
 * Save a canvas as a PNG.
 * @param {HTMLCanvasElement} canvas
 * @param {string} name of the file
 * @returns {Promise<void>} rejects if the browser cannot encode it
 */
export async function downloadPng(canvas, name) {
  download(await pngOf(canvas), name);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>}
 */
export function pngOf(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser cannot encode so large a picture"))));
  });
}
