// Holds the order of breakers still while a person is at one of them.

/** Keeps the order of a part of the page while the pointer rests on it, or the focus is in it. */
const holder = {
  // The nodes under the pointer. They are kept as a path, because an update may replace the innermost.
  path: [],

  /** Starts to follow the pointer and the focus; `released` runs when either may have left a part. */
  watch(released) {
    document.addEventListener('pointerover', (event) => {
      // A finger does not rest: it has left when the page hears of it.
      this.path = event.pointerType === 'touch' ? [] : event.composedPath();
      released();
    });
    document.documentElement.addEventListener('pointerleave', () => {
      this.path = [];
      released();
    });
    document.addEventListener('focusout', () => setTimeout(released));
  },

  holds(root) {
    const focused = document.hasFocus() && document.activeElement?.closest('[data-id], .keys, #held');
    if (focused && root.contains(focused)) return true;
    // A part that is hidden keeps no pointer.
    return this.path.includes(root) && root.getClientRects().length > 0;
  },
};
