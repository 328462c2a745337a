/** One thing the product says after an act: that it was done, and how to take it back. */
export interface Said {
  id: number;
  text: string;
  undo?: (() => void) | undefined;
}

const state = $state<{ said: Said | undefined }>({ said: undefined });
let nextId = 1;

/** Says one line at the foot of the page. A newer line takes its place: what matters for longer belongs in the page. */
export function say(text: string, undo?: () => void): void {
  state.said = { id: nextId++, text, undo };
}

export function hush(id: number): void {
  if (state.said?.id === id) state.said = undefined;
}

export function lastSaid(): Said | undefined {
  return state.said;
}
