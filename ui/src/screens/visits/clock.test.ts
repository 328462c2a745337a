import { expect, test } from 'vitest';
import { endsBeforeStart, minutesOf } from './clock';

test('times are read as agendas write them', () => {
  for (const typed of ['13:30', '13h30', '13.30', '13g30', ' 13 h 30 ']) expect(minutesOf(typed), typed).toBe(810);
  expect(minutesOf('8h')).toBe(480);
  expect(minutesOf('8')).toBe(480);
});

test('what is not a time is left alone', () => {
  for (const typed of ['', 'sáng', '25:00', '8:75', '8-9']) expect(minutesOf(typed), typed).toBeUndefined();
  expect(endsBeforeStart('sáng', '7:00')).toBe(false);
});

test('an end before its start is seen', () => {
  expect(endsBeforeStart('14:00', '13h30')).toBe(true);
  expect(endsBeforeStart('8:00', '8:00')).toBe(false);
});
