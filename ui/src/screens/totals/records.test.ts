import { expect, test } from 'vitest';
import { parseAddress } from '../../frame/router.svelte';
import { figures, recordsHref } from './records';

const words = { all: 'Tổng', new: 'Mới', maintained: 'Duy trì', notSplit: 'Không tách', unclassified: 'Chưa phân loại', field: (field: { vi: string }) => field.vi };
const fields = [{ code: 'KT', vi: 'Kinh tế', en: 'Economy' }, { code: 'VHXH', vi: 'Văn hóa, xã hội', en: 'Culture' }];

test('the address of a figure carries the filter of the answer, narrowed to its cell', () => {
  const href = recordsHref({ cycle: 'c1', unit: 'tinh', day: '2026-12-31', counted: true, query: null, field: null }, { unit: 'don', kind: 'new' });
  const filter: unknown = JSON.parse(parseAddress(href).query['filter'] ?? '');
  expect(filter).toEqual({ cycle: 'c1', unit: 'don', day: '2026-12-31', counted: true, kind: 'new' });
});

test('the figures are all, how registered, the fields of the scheme, and what has none', () => {
  const columns = figures(fields, words);
  expect(columns.map((column) => column.key)).toEqual(['total', 'new', 'maintained', 'not_split', 'field-KT', 'field-VHXH', 'unclassified']);
  const cell = { total: 9, new: 4, maintained: 3, not_split: 2, by_field: [5, 3], unclassified: 1 };
  expect(columns.map((column) => column.of(cell))).toEqual([9, 4, 3, 2, 5, 3, 1]);
  expect(columns.at(-1)?.narrow).toEqual({ field: 'KHAC' });
});

test('a field the answer has no figure for counts nothing', () => {
  expect(figures(fields, words)[5]?.of({ total: 1, new: 1, maintained: 0, not_split: 0, by_field: [1], unclassified: 0 })).toBe(0);
});
