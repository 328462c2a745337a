import { expect, test } from 'vitest';
import { filterText, modelsHref, readFilter, usualFilter } from './filter';
import { parseAddress } from '../../frame/router.svelte';

test('a filter comes back from the address it made', () => {
  const filter = readFilter('{"cycle":"c1","status":"returned","query":"bữa sáng & nước","counted":true}');
  const address = parseAddress(modelsHref(filter));
  expect(address.path).toBe('/models');
  expect(readFilter(address.query['filter'] ?? '')).toEqual(filter);
});

test('what belongs to no single unit below stays so through an address', () => {
  const filter = readFilter('{"unit":"tinh","day":"2025-12-31","unallocated":true}');
  expect(readFilter(parseAddress(modelsHref(filter)).query['filter'] ?? '')).toEqual(filter);
  expect(filter.unallocated).toBe(true);
});

test.each(['', 'không phải JSON', '[]', 'null', '{"status":"invented","kind":7,"cycle":{}}'])(
  'what is not a filter (%s) narrows nothing',
  (text) => expect(filterText(readFilter(text))).toBe('{}'),
);

test('the list opens on the newest cycle, and on everything while there is no cycle', () => {
  const cycle = { id: 'c2', year: 2026, opens: null, closes: null, scheme: 's', scheme_owner: '', fields: [], criteria: null, expected_units: [] };
  expect(usualFilter([cycle, { ...cycle, id: 'c1', year: 2025 }]).cycle).toBe('c2');
  expect(usualFilter([]).cycle).toBeNull();
});
