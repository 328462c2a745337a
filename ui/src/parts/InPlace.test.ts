import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import Steps from './InPlace.fixture.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown>;
beforeEach(() => {
  document.body.append((place = document.createElement('main')));
  mounted = mount(Steps, { target: place });
  flushSync();
});
afterEach(async () => {
  await unmount(mounted);
  place.remove();
});

function press(words: string): void {
  const found = [...place.querySelectorAll('button')].find((button) => button.textContent === words);
  if (!found) throw new Error(`no button says ${words}`);
  found.focus();
  found.click();
  flushSync();
}

test('where the pressed control goes, the focus goes on to what came in its place', () => {
  press('go');
  expect(document.activeElement?.textContent).toContain('done');
  press('back');
  expect(document.activeElement?.textContent).toContain('go');
});

test('a focus that is elsewhere stays there', () => {
  press('elsewhere');
  expect(document.activeElement?.id).toBe('elsewhere');
});

test('what is shown first takes no focus', () => {
  expect(document.activeElement).toBe(document.body);
});
