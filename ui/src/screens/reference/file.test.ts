import { expect, test } from 'vitest';
import { fromBase64, toBase64 } from './file';

test('bytes come back from base64 as they were, also a file longer than one piece', () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => (index * 7) % 256);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  expect(toBase64(new Uint8Array())).toBe('');
});

test('the base64 is the one every other program reads', () => {
  expect(toBase64(new TextEncoder().encode('Đồn'))).toBe('xJDhu5Nu');
});
