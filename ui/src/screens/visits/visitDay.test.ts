import { expect, test } from 'vitest';
import { readVisitDay, visitDay, visitDayReading } from './visitDay';

test('a day without a year stays without one', () => {
  expect(readVisitDay('11/5')).toBe('--05-11');
  expect(visitDay('--05-11')).toBe('11/5');
  expect(visitDayReading('--05-11')).toBe('ngày 11 tháng 5, chưa ghi năm');
});

test('a whole day and a month are read and written back', () => {
  expect(readVisitDay('11/5/2026')).toBe('2026-05-11');
  expect(readVisitDay('5/2026')).toBe('2026-05');
  expect(visitDay('2026-05-11')).toBe('11/05/2026');
  expect(visitDay('2026-05')).toBe('05/2026');
  expect(visitDayReading('2026-05-11')).toBeUndefined();
});

test('nothing typed is no day, and days that do not exist are refused', () => {
  expect(readVisitDay('  ')).toBeNull();
  expect(readVisitDay('29/2')).toBe('--02-29');
  for (const bad of ['31/4', '29/2/2026', '13/2026', '0/5', '11/5/26', 'thứ hai', '11', '1/2/3/2026']) {
    expect(readVisitDay(bad), bad).toBeUndefined();
  }
});
