import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SetAsideRow } from '../../backend/backend';
import SetAside from './SetAside.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
let acknowledged: string[][];
beforeEach(() => {
  acknowledged = [];
  document.body.append((place = document.createElement('main')));
});
afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = undefined;
  place.remove();
});

const row = (entry: string, more: Partial<SetAsideRow> = {}): SetAsideRow => ({
  entry,
  record: 'r-1',
  kind: 'registration',
  title: 'Bữa sáng cho em',
  reason: 'revoked',
  author: 'Máy trực ban',
  by_province: true,
  at: 0,
  acknowledged: false,
  ...more,
});

function open(rows: SetAsideRow[]): void {
  const props = {
    rows,
    onretry: async (): Promise<void> => {},
    onacknowledge: async (entries: string[]): Promise<void> => void acknowledged.push(entries),
  };
  mounted = mount(SetAside, { target: place, props });
  flushSync();
}

function press(words: string): void {
  const found = [...place.querySelectorAll('button')].find((button) => button.textContent?.trim() === words);
  if (!found) throw new Error(`no button says ${words}`);
  found.click();
  flushSync();
}

test('a refused change names its record, leads to it and says why', () => {
  open([row('e1')]);
  const link = place.querySelector('a');
  expect(link?.textContent).toContain('Bữa sáng cho em');
  expect(link?.getAttribute('href')).toBe('#/models/r-1');
  expect(place.textContent).toContain('Tỉnh đã thu hồi quyền của máy');
});

test('a record of which nothing is held here is named by its kind and leads nowhere', () => {
  open([row('e1', { title: '', by_province: false })]);
  expect(place.querySelector('a')).toBeNull();
  expect(place.textContent).toContain('Máy này để riêng');
});

test('one or all can be said to be seen, and only what waits for a look is', () => {
  open([row('e1'), row('e2'), row('e3', { acknowledged: true })]);
  press('Đã xem');
  expect(acknowledged).toEqual([['e1']]);
});

test('all at once, without what was seen before', () => {
  open([row('e1'), row('e2'), row('e3', { acknowledged: true })]);
  press('Đã xem tất cả');
  expect(acknowledged).toEqual([['e1', 'e2']]);
});

test('what was seen stays to be looked up and asks for nothing', () => {
  open([row('e3', { acknowledged: true })]);
  expect(place.textContent).not.toContain('Bữa sáng cho em');
  press('Đã xem, giữ lại để tra cứu: 1');
  expect(place.textContent).toContain('Bữa sáng cho em');
  expect([...place.querySelectorAll('button')].map((button) => button.textContent?.trim())).toEqual(['Đã xem, giữ lại để tra cứu: 1']);
});
