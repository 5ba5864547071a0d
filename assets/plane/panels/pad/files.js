// Pictures from outside: chosen, dropped or pasted.

import { find } from "../../dom.js";

/**
 * @param {HTMLElement} root with a file input; takes drops
 * @param {(file: File) => void} take
 * @returns {() => void} stops listening to the document
 */
export function watchFiles(root, take) {
  const input = find(root, "[type=file]", HTMLInputElement);
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) take(file);
    input.value = ""; // so that the same file can be chosen again
  });
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    const isTyping = event.target instanceof Element && event.target.closest("input[type=text], textarea");
    if (file && !isTyping) take(file);
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
