// Messages of the plane: announcements for screen readers, and a notice that everybody sees.

/**
 * @param {HTMLElement} announcement
 * @param {HTMLElement} notice
 */
export function createNotices(announcement, notice) {
  return {
    /** @param {string} text for screen readers only */
    announce(text) {
      announcement.textContent = text;
    },
    /** @param {string} text stays until the next one; empty: none */
    warn(text) {
      notice.textContent = text;
      notice.hidden = !text;
    },
  };
}
