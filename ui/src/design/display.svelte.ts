/** How the product is drawn: for a room, or for sunlight (large type, black on white). */
export type Display = 'regular' | 'sunlight';

const cacheKey = 'cotmoc.display';
const state = $state<{ display: Display }>({ display: remembered() });

function remembered(): Display {
  try {
    return localStorage.getItem(cacheKey) === 'sunlight' ? 'sunlight' : 'regular';
  } catch {
    return 'regular';
  }
}

export function display(): Display {
  return state.display;
}

export function useDisplay(next: Display): void {
  state.display = next;
  applyDisplay();
  try {
    localStorage.setItem(cacheKey, next);
  } catch {
    // Private windows refuse storage; the choice still holds for this page.
  }
}

/** Puts the remembered choice on the page; called once before the first paint. */
export function applyDisplay(): void {
  if (state.display === 'sunlight') document.documentElement.dataset['mode'] = 'sunlight';
  else delete document.documentElement.dataset['mode'];
}
