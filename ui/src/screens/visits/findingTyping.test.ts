import { expect, test } from 'vitest';
import { keptFinding } from './findingTyping';

const typed = (contents: Record<string, string>) => ({ record: 'v', contents, typed_at: 0 });

test('what stood in the input comes back under its kind', () => {
  expect(keptFinding(typed({ finding: 'Đường dây nóng', finding_kind: 'cause' }))).toEqual({ text: 'Đường dây nóng', kind: 'cause' });
});

test('a kind that is not known does not lose the text', () => {
  expect(keptFinding(typed({ finding: 'x', finding_kind: 'opinion' }))).toEqual({ text: 'x', kind: 'strength' });
});

test('nothing kept is nothing', () => {
  expect(keptFinding(null)).toBeUndefined();
  expect(keptFinding(typed({ place: 'Hội trường' }))).toBeUndefined();
});
