import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import Stepper from './Stepper.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
beforeEach(() => document.body.append((place = document.createElement('div'))));
afterEach(async () => {
  if (mounted) await unmount(mounted);
  place.remove();
});

function open(value: number | null): { input: HTMLInputElement; given: (number | null)[]; entered: () => number } {
  const given: (number | null)[] = [];
  let entered = 0;
  mounted = mount(Stepper, {
    target: place,
    props: { label: 'C1', value, max: 10, onchange: (next: number | null) => given.push(next), onenter: () => (entered += 1) },
  });
  flushSync();
  const input = place.querySelector('input');
  if (!input) throw new Error('no input');
  input.focus();
  return { input, given, entered: () => entered };
}

function press(input: HTMLInputElement, key: string, isComposing = false): void {
  input.dispatchEvent(new KeyboardEvent('keydown', { key, isComposing, bubbles: true, cancelable: true }));
  flushSync();
}

test('digits, a comma and Enter give a score and move on', () => {
  const { input, given, entered } = open(null);
  input.value = '8,5';
  press(input, 'Enter');
  expect(given).toEqual([8.5]);
  expect(entered()).toBe(1);
});

test('Enter on a score that cannot be stays in its row and says why', () => {
  const { input, given, entered } = open(null);
  input.value = '12';
  press(input, 'Enter');
  expect(given).toEqual([]);
  expect(entered()).toBe(0);
  expect(place.querySelector('[role=alert]')?.textContent).toContain('từ 0 đến 10');
});

test('arrows step by half a point and are written with a comma', () => {
  const { input, given } = open(7);
  press(input, 'ArrowUp');
  expect(given).toEqual([7.5]);
  expect(input.value).toBe('7,5');
});

test('the Enter that ends a composition does not move on', () => {
  const { input, entered } = open(7);
  press(input, 'Enter', true);
  expect(entered()).toBe(0);
});
