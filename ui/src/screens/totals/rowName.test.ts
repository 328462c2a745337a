import { expect, test } from 'vitest';
import type { TotalRow } from '../../backend/backend';
import { rowName } from './rowName';

const row: TotalRow = {
  unit: 'tinh',
  name: 'Tỉnh Sơn La',
  has_children: false,
  cell: { total: 1, new: 1, maintained: 0, not_split: 0, by_field: [], unclassified: 1 },
  declared: null,
  demonstration: false,
  own_only: false,
  unallocated: false,
  figures: 0,
};

test('a row says whether it is a unit with all below it, the unit alone, or what no unit below can claim', () => {
  expect(rowName(row)).toBe('Tỉnh Sơn La');
  expect(rowName({ ...row, own_only: true })).toBe('Tỉnh Sơn La (riêng đơn vị)');
  expect(rowName({ ...row, unallocated: true })).toBe('Chưa phân bổ, thuộc Tỉnh Sơn La');
});
