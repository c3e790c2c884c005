// Holds the order of breakers still while a person is at one of them.

/** Keeps the order while a person points at a breaker or has the focus on one. */
const holder = {
  pointed: null,
  movedAt: 0,
  // A pointer that was left lying on a wall display does not freeze the order for ever.
  FORGET_MS: 60000,
  holds(root) {
    const focused = document.hasFocus() && document.activeElement?.closest('[data-id], .keys');
    if (focused && root.contains(focused)) return true;
    return Boolean(
      this.pointed?.isConnected &&
      root.contains(this.pointed) &&
      Date.now() - this.movedAt < this.FORGET_MS,
    );
  },
  watch(root, released) {
    const point = (event) => {
      if (event.pointerType === 'touch') return;
      this.movedAt = Date.now();
      this.pointed = event.target.closest('[data-id]');
    };
    root.addEventListener('pointermove', point);
    root.addEventListener('pointerover', point);
    root.addEventListener('pointerleave', () => {
      this.pointed = null;
      released();
    });
    root.addEventListener('focusout', () => setTimeout(released));
  },
};
