// Help sheet: a dialog that lists keys and pointer actions.

const ROWS = [
  ["Move the pointer", "decode where it is"],
  ["Click, tap or Enter", "pin that place"],
  ["Arrow keys", "move z by 0.1; with Shift, by 0.5"],
  ["Shift + click, or K", "keep a place for a path"],
  ["P", "play or pause the path"],
  ["B", "next backdrop; with Shift, the one before"],
  ["Drag, wheel, two fingers; + and −", "pan and zoom"],
  ["0", "show all"],
  ["F", "present: the plane alone, in large type"],
  ["Esc", "clear: what is chosen, then what is pointed at"],
  ["?", "this sheet"],
];

/** @param {HTMLDialogElement} dialog filled by this module */
export function createHelp(dialog) {
  dialog.innerHTML = `
    <h2>The plane</h2>
    <dl>${ROWS.map(([key, what]) => `<div><dt>${key}</dt><dd>${what}</dd></div>`).join("")}</dl>
    <form method="dialog"><button autofocus>Close</button></form>`;
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // on the backdrop
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Escape closes the sheet only
    if (event.key === "?") dialog.close();
  });
  return {
    open() {
      if (!dialog.open) dialog.showModal();
    },
  };
}
