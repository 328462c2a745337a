import type { Held } from '../backend/backend';

/** The same rows with where each is held by now; nothing else of them moves. */
export function heldNow<Row extends { held: Held }>(shown: readonly Row[], after: readonly Row[], key: (row: Row) => string): Row[] {
  const held = new Map(after.map((row) => [key(row), row.held]));
  return shown.map((row) => ({ ...row, held: held.get(key(row)) ?? row.held }));
}
