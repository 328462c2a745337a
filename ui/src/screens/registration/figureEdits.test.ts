import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FigureView } from '../../backend/backend';
import { FigureEdits } from './figureEdits.svelte';

const saved: FigureView = {
  id: 'f-1',
  name: 'Số học sinh',
  raw: 'trên 200',
  unit: '',
  period: '',
  qualifier: 'over',
  value: '200',
  numerator: null,
  denominator: null,
  words_vi: 'lớn hơn 200',
  words_en: 'more than 200',
  doubt: null,
};

// The reading beside a figure is asked later than these tests last.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('nothing typed is nothing to save, and typing the same is nothing either', () => {
  const edits = new FigureEdits(() => [saved], () => {});
  expect(edits.dirty).toBe(false);
  edits.type('f-1', { name: 'Số học sinh' });
  expect(edits.toSave()).toEqual([]);
});

test('a changed row is put whole under its id and keeps the meaning it had', () => {
  const edits = new FigureEdits(() => [saved], () => {});
  edits.type('f-1', { name: 'Số học sinh được hỗ trợ' });
  expect(edits.toSave()).toEqual([{ id: 'f-1', name: 'Số học sinh được hỗ trợ', raw: 'trên 200', unit: '', period: '', qualifier: 'over' }]);
});

test('another figure is read anew: the old meaning does not hold for it', () => {
  const edits = new FigureEdits(() => [saved], () => {});
  edits.type('f-1', { raw: '48/48' });
  expect(edits.toSave()[0]?.qualifier).toBeNull();
  edits.type('f-1', { qualifier: 'exact' });
  expect(edits.toSave()[0]?.qualifier).toBe('exact');
});

test('an empty new row is not saved, a written one is saved without an id', () => {
  const edits = new FigureEdits(() => [], () => {});
  const key = edits.add();
  edits.type(key, { raw: '  ' });
  expect(edits.toSave()).toEqual([]);
  edits.type(key, { raw: '75,6 ha' });
  expect(edits.toSave()).toEqual([{ id: null, name: '', raw: '75,6 ha', unit: '', period: '', qualifier: null }]);
});

test('what was typed while a save was on its way stays to be saved', () => {
  const edits = new FigureEdits(() => [saved], () => {});
  const key = edits.add();
  edits.type(key, { raw: '12' });
  edits.type('f-1', { period: '2025' });
  const sent = edits.snapshot();
  edits.type('f-1', { period: '2026' });
  edits.took(sent);
  expect(edits.keys).toEqual(['f-1']);
  expect(edits.toSave()[0]?.period).toBe('2026');
});

test('kept typing comes back into its rows, also into a new one, and foreign contents are left alone', () => {
  const before = new FigureEdits(() => [saved], () => {});
  before.type('f-1', { raw: 'trên 300' });
  before.type(before.add(), { name: 'Diện tích', raw: '75,6 ha' });
  const after = new FigureEdits(() => [saved], () => {});
  after.restore({ ...before.contents(), goals: 'không phải số liệu', 'figures/f-1/invented': 'x' });
  expect(after.toSave()).toEqual(before.toSave());
});
