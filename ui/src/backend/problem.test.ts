import { expect, test } from 'vitest';
import { Problem, problemFrom } from './problem';

test('a refusal of the app command keeps its code', () => {
  expect(problemFrom({ code: 'passphrase_wrong', params: { left: 4 } })).toMatchObject({
    code: 'passphrase_wrong',
    params: { left: 4 },
  });
});

test.each([null, undefined, 'command call not found', 7, { message: 'x' }, { code: 5 }])(
  'anything else (%j) becomes an unreadable answer',
  (value) => {
    expect(problemFrom(value)).toBeInstanceOf(Problem);
    expect(problemFrom(value).code).toBe('door_unreadable');
  },
);
