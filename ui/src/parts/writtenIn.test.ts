import { expect, test } from 'vitest';
import { writtenIn } from './writtenIn';

test('a line with Vietnamese letters is Vietnamese, also when its marks stand apart', () => {
  expect(writtenIn('Quyết định 1094 ngày 07/5/2024')).toBe('vi');
  expect(writtenIn('Ca\u0301c')).toBe('vi');
  expect(writtenIn('Criteria wording is grounded in public guidance.')).toBe('en');
});
