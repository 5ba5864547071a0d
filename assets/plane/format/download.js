// Bytes become a file of the user's.

const saved = new Set(); // ids of the files that came from the server: a message may come again, its file must not

/** Streamlit component: saves the parcel that Python sends (`pages/ui/film.py`), and shows nothing. */
export function mount({ data }) {
  if (!data?.length) return; // nothing to save now
  const { id, name, type, content } = readParcel(data);
  if (saved.has(id)) return;
  saved.add(id);
  download(new Blob([content], { type }), name);
}

/** Let the browser save a blob under that name. */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // by then it is on the disk
}

/**
 * @param {Uint8Array} bytes the length of a header (4 bytes, little-endian), the header, the content
 * @returns {{id: string, name: string, type: string, content: Uint8Array}}
 */
function readParcel(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { ...header, content: bytes.subarray(4 + length) };
}
