let stop: (() => void) | undefined;

/**
 * Puts the focus on the screen's name, so that reading starts there. A screen that still waits for its answer has no
 * name yet: then as soon as it has one, unless the person has gone on meanwhile.
 */
export function focusHeading(): void {
  stop?.();
  if (focusNow()) return;
  const watch = new MutationObserver(() => focusNow() && stop?.());
  const acts = ['keydown', 'pointerdown'] as const;
  stop = () => {
    watch.disconnect();
    for (const act of acts) removeEventListener(act, stopNow, true);
    stop = undefined;
  };
  const stopNow = (): void => stop?.();
  for (const act of acts) addEventListener(act, stopNow, true);
  watch.observe(document.body, { childList: true, subtree: true });
}

function focusNow(): boolean {
  const heading = document.querySelector<HTMLElement>('main h1');
  heading?.focus({ preventScroll: true });
  return heading !== null;
}
