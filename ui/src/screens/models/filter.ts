import type { CycleRow, ModelFilter, RegistrationKind, RegistrationStatus } from '../../backend/backend';
import { href } from '../../frame/router.svelte';

export const statuses: readonly RegistrationStatus[] = ['draft', 'submitted', 'returned', 'active', 'closed', 'discarded'];
export const kinds: readonly RegistrationKind[] = ['new', 'maintained', 'not_split'];

/** The address of the list under a filter: totals, the first screen and chips all link with it. */
export function modelsHref(filter: ModelFilter): string {
  return href('/models', { filter: filterText(filter) });
}

/** A filter as an address carries it; what does not narrow is left out. */
export function filterText(filter: ModelFilter): string {
  return JSON.stringify(Object.fromEntries(Object.entries(filter).filter(([, value]) => value)));
}

/** Reads a filter out of an address. What is not a filter narrows nothing: an old link still opens the list. */
export function readFilter(text: string): ModelFilter {
  const given = parsed(text);
  const words = (name: string): string | null => {
    const value = given[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    cycle: words('cycle'),
    unit: words('unit'),
    own_only: given['own_only'] === true,
    unallocated: given['unallocated'] === true,
    day: words('day'),
    field: words('field'),
    status: statuses.find((one) => one === given['status']) ?? null,
    kind: kinds.find((one) => one === given['kind']) ?? null,
    query: words('query'),
    counted: given['counted'] === true,
    needs_me: given['needs_me'] === true,
    possible_duplicate: given['possible_duplicate'] === true,
    demonstration: given['demonstration'] === true,
    to_carry_over: given['to_carry_over'] === true,
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What the list shows when nobody asked for anything: the newest cycle, or everything while there is none. */
export function usualFilter(cycles: readonly CycleRow[]): ModelFilter {
  return readFilter(JSON.stringify({ cycle: cycles[0]?.id }));
}
