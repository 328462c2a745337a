import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScoreItem } from '../../backend/backend';
import ScoreRow from './ScoreRow.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
beforeEach(() => document.body.append((place = document.createElement('ul'))));
afterEach(async () => {
  if (mounted) await unmount(mounted);
  place.remove();
});

function open(more: { scale?: 'points' | 'pass_fail'; item?: ScoreItem; disabled?: boolean } = {}) {
  const changes: Partial<ScoreItem>[] = [];
  const seen = { next: 0, left: 0 };
  mounted = mount(ScoreRow, {
    target: place,
    props: {
      criterion: { code: 'C1', vi: 'Kết quả', en: null, max: 1500, mandatory: true },
      scale: more.scale ?? 'points',
      step: 50,
      item: more.item,
      disabled: more.disabled ?? false,
      onchange: (change: Partial<ScoreItem>) => changes.push(change),
      onleave: () => (seen.left += 1),
      onnext: () => (seen.next += 1),
    },
  });
  flushSync();
  const input = place.querySelector('input');
  if (!input) throw new Error('no input');
  return { input, changes, seen };
}

function press(target: HTMLElement, key: string): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  flushSync();
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

test('points are typed with a comma and kept in hundredths; Enter goes to the next row', () => {
  const { input, changes, seen } = open();
  input.focus();
  input.value = '12,5';
  press(input, 'Enter');
  expect(changes).toEqual([{ points: 1250 }]);
  expect(seen.next).toBe(1);
});

test('points above the maximum stay in the row', () => {
  const { input, changes, seen } = open();
  input.focus();
  input.value = '15,5';
  press(input, 'Enter');
  expect(changes).toEqual([]);
  expect(seen.next).toBe(0);
});

test('N opens the note and puts the caret there', async () => {
  const { input } = open();
  input.focus();
  press(input, 'n');
  await settled();
  expect(document.activeElement?.tagName).toBe('TEXTAREA');
});

test('a row that cannot be written takes no note', async () => {
  const { input } = open({ disabled: true });
  press(input, 'n');
  await settled();
  expect(place.querySelector('textarea')).toBeNull();
});

test('on a pass/fail scale met is 100 and not met is 0, and neither is chosen before', () => {
  const { changes } = open({ scale: 'pass_fail' });
  const [met, notMet] = [...place.querySelectorAll<HTMLInputElement>('input[type=radio]')];
  expect([met?.checked, notMet?.checked]).toEqual([false, false]);
  notMet?.dispatchEvent(new Event('change', { bubbles: true }));
  met?.dispatchEvent(new Event('change', { bubbles: true }));
  expect(changes).toEqual([{ points: 0 }, { points: 100 }]);
});
