// The pictures of the data set's images: sheets of tiles, each loaded when one of its images is first asked for.

const sources = new Map(); // address of the first sheet → source

/**
 * @typedef {{bytes: function(number): (Uint8Array | null), load: function(number): Promise<Uint8Array>}} ImageSource
 *   grey values 0…255 of image i, row by row: `bytes` at once or null until its sheet is here (it asks for it); `load`
 *   when it is here
 * @param {{addresses: string[], columns: number, perSheet: number, shape: number[]}} sheets as the server describes them
 * @returns {ImageSource} the same one for the same sheets
 */
export function imageSource(sheets) {
  const name = sheets.addresses[0];
  if (!sources.has(name)) sources.set(name, createSource(sheets));
  return sources.get(name);
}

function createSource({ addresses, columns, perSheet, shape: [height, width] }) {
  const loading = new Map(); // number of a sheet → promise of its grey values
  const loaded = new Map(); // number of a sheet → its grey values, image by image
  const size = height * width;
  const load = (sheet) => {
    if (!loading.has(sheet)) {
      const promise = greyTiles(addresses[sheet], columns, [height, width]);
      promise.then((values) => loaded.set(sheet, values)).catch(() => loading.delete(sheet)); // the next who asks tries again
      loading.set(sheet, promise);
    }
    return loading.get(sheet);
  };
  const cut = (values, i) => values.subarray((i % perSheet) * size, ((i % perSheet) + 1) * size);
  const sheetOf = (i) => Math.floor(i / perSheet);
  return {
    bytes(i) {
      const values = loaded.get(sheetOf(i));
      if (!values) load(sheetOf(i)).catch(() => {});
      return values ? cut(values, i) : null;
    },
    load: async (i) => cut(await load(sheetOf(i)), i),
  };
}

async function greyTiles(address, columns, [height, width]) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const values = new Uint8Array(canvas.width * canvas.height);
  let k = 0;
  for (let top = 0; top < canvas.height; top += height) {
    for (let left = 0; left < columns * width; left += width) {
      for (let y = top; y < top + height; y++) {
        for (let x = left; x < left + width; x++) values[k++] = data[4 * (y * canvas.width + x)];
      }
    }
  }
  return values;
}
