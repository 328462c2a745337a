import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import FindingInput from './FindingInput.svelte';

let place: HTMLElement;
let mounted: ReturnType<typeof mount<object, { fill: (text: string) => void }>> | undefined;
beforeEach(() => document.body.append((place = document.createElement('div'))));
afterEach(async () => {
  if (mounted) await unmount(mounted);
  place.remove();
});

function open(start = ''): { field: HTMLTextAreaElement; added: string[]; typed: string[]; fill: (text: string) => void } {
  const added: string[] = [];
  const typed: string[] = [];
  const props = { label: 'Ưu điểm', start, ontyped: (text: string) => typed.push(text), onadd: (text: string) => added.push(text) };
  const input = mount<object, { fill: (text: string) => void }>(FindingInput as never, { target: place, props });
  mounted = input;
  flushSync();
  const field = place.querySelector('textarea');
  if (!field) throw new Error('no input');
  return { field, added, typed, fill: (text) => input.fill(text) };
}

function press(field: HTMLElement, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more });
  field.dispatchEvent(event);
  flushSync();
  return event;
}

test('Enter adds the finding and leaves an empty line for the next, which is still in hand', () => {
  const { field, added, typed } = open();
  field.value = ' Phối hợp tốt. ';
  press(field);
  expect(added).toEqual(['Phối hợp tốt.']);
  expect(field.value).toBe('');
  expect(typed.at(-1)).toBe('');
  expect(document.activeElement).toBe(field);
});

test('the Enter that ends a composition and Shift+Enter add nothing', () => {
  const { field, added } = open();
  field.value = 'Phối hợ';
  expect(press(field, { isComposing: true }).defaultPrevented).toBe(false);
  expect(press(field, { shiftKey: true }).defaultPrevented).toBe(false);
  expect(added).toEqual([]);
});

test('an empty line is not a finding', () => {
  const { field, added } = open();
  field.value = '  \n ';
  press(field);
  expect(added).toEqual([]);
});

test('what stood here before a crash stands here again', () => {
  expect(open('Đang ghi dở').field.value).toBe('Đang ghi dở');
});

test('a text that comes back to be mended does not push out what is being typed', () => {
  const { field, fill } = open();
  field.value = 'ý tiếp theo';
  fill('gọi số 0900 000 000');
  expect(field.value).toBe('gọi số 0900 000 000\ný tiếp theo');
});
