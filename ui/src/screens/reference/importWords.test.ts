import { afterEach, expect, test } from 'vitest';
import { en } from '../../i18n/en';
import { vi } from '../../i18n/vi';
import { useLanguage } from '../../i18n/words.svelte';
import { fileFault, remarkWords } from './importWords';

afterEach(() => useLanguage('vi'));

const remark = (code: string, params: Record<string, string>) => ({ row: 4, column: 'Có hiệu lực từ ngày', code, params });

test('a remark names its days as they are written here, in both languages', () => {
  const gap = remark('leaves_a_gap', { from: '2025-07-01', until: '2025-09-01' });
  expect(remarkWords(gap)).toBe('Từ 01/07/2025 đến trước 01/09/2025 đơn vị không có dòng nào.');
  useLanguage('en');
  expect(remarkWords(gap)).toBe('From 01/07/2025 until 01/09/2025 no row stands for the unit.');
});

test('every kind of remark has words of its own, and one that is not known still has some', () => {
  const params = { from: '2025-07-01', until: '2025-09-01', successor: 'xa-a', begins: '2025-06-01', ends: '2025-07-01', day: '2025-07-01', parent: 'bch', title: 'Bộ tiêu chí' };
  const codes = ['leaves_a_gap', 'successor_begins_early', 'no_parent', 'parent_not_there', 'no_weights', 'no_criteria'];
  const words = codes.map((code) => remarkWords(remark(code, params)));
  expect(new Set(words).size).toBe(codes.length);
  for (const said of words) expect(said).not.toMatch(/[{}]|\d{4}-\d{2}/);
  expect(words).not.toContain(vi['remark.other']);
  expect(remarkWords(remark('never_heard', {}))).toBe(vi['remark.other']);
});

const fault = (code: string, params: Record<string, string>) => fileFault({ code, params });

test('a file that was refused as a whole says what it is, or what it has too much of', () => {
  expect(fault('import_not_readable', { reason: 'protected' })).toBe(vi['unreadable.protected']);
  expect(fault('import_not_readable', { reason: 'column', expected: 'Cấp' })).toBe('Trang tính thiếu cột “Cấp”.');
  expect(fault('file_too_large', { what: 'unpacked', most: String(64 * 1024 * 1024) })).toBe('Nội dung tệp sau khi giải nén lớn hơn 64\u00a0MB.');
  expect(fault('file_too_large', { what: 'cells', most: '200000' })).toBe('Trang tính có hơn 200.000 ô.');
  useLanguage('en');
  expect(fault('import_not_readable', { reason: 'cut_off' })).toBe(en['unreadable.cut_off']);
});

test('every word for an unusable file is reached by its reason', () => {
  const params = { expected: 'Cấp', line: '3', most: '256' };
  const reasons = Object.keys(vi).flatMap((key) => (key.startsWith('unreadable.') ? [key.slice('unreadable.'.length)] : []));
  for (const reason of reasons) expect(fault('import_not_readable', { ...params, reason }), reason).toBeTruthy();
  const too = Object.keys(vi).flatMap((key) => (key.startsWith('tooLarge.') ? [key.slice('tooLarge.'.length)] : []));
  for (const what of too) expect(fault('file_too_large', { ...params, what }), what).toBeTruthy();
});

test('other problems, and reasons that are not known, say no more than the problem does', () => {
  expect(fault('role_may_not', { role: 'post' })).toBeUndefined();
  expect(fault('import_not_readable', { reason: 'base64' })).toBeUndefined();
});
