import { mount, unmount, flushSync } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import TextField from './TextField.svelte';
import { incomingText } from './heldText.fixture.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;

beforeEach(() => {
  place = document.createElement('div');
  document.body.append(place);
});
afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = undefined;
  place.remove();
});

function open(value: string): { input: HTMLInputElement; typed: string[]; left: string[]; hear: (text: string) => void } {
  const record = incomingText(value);
  const typed: string[] = [];
  const left: string[] = [];
  mounted = mount(TextField, {
    target: place,
    props: {
      label: 'Mục tiêu',
      get value() {
        return record.text;
      },
      ontyped: (text: string) => typed.push(text),
      onleft: (text: string) => left.push(text),
    },
  });
  flushSync();
  const input = place.querySelector('input');
  if (!input) throw new Error('no input');
  return {
    input,
    typed,
    left,
    hear: (text) => {
      record.text = text;
      flushSync();
    },
  };
}

function type(input: HTMLInputElement, text: string): void {
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
}

test('the label is tied to its field', () => {
  const { input } = open('');
  expect(place.querySelector('label')?.htmlFor).toBe(input.id);
});

test('a record that changes elsewhere shows in a field nobody is in', () => {
  const { input, hear } = open('cũ');
  hear('mới');
  expect(input.value).toBe('mới');
});

test('a word being composed survives a change of the record', () => {
  const { input, typed, left, hear } = open('cũ');
  input.focus();
  type(input, 'đươn');
  hear('từ máy khác');
  expect(input.value).toBe('đươn');
  type(input, 'đường');
  input.blur();
  expect(typed).toEqual(['đươn', 'đường']);
  expect(left).toEqual(['đường']);
});

test('a field that was only looked at takes the new text when it is left, and hands nothing on', () => {
  const { input, left, hear } = open('cũ');
  input.focus();
  hear('mới');
  expect(input.value).toBe('cũ');
  input.blur();
  expect(input.value).toBe('mới');
  expect(left).toEqual([]);
});
