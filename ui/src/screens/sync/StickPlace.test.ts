import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StickDrive } from '../../backend/backend';
import { vi as words } from '../../i18n/vi';
import StickPlace from './StickPlace.svelte';
import { PlaceProps } from './stickPlace.fixture.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
beforeEach(() => {
  document.body.append((place = document.createElement('main')));
});
afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = undefined;
  place.remove();
});

const drive = (label: string): StickDrive => ({ path: `/media/biet/${label}`, label });
const two = [drive('ANH'), drive('KINGSTON')];

/** Opens the choice as a panel holds it: what is chosen comes back in as the folder. */
function open(drives: readonly StickDrive[], folder = ''): PlaceProps {
  const props = new PlaceProps(drives, folder);
  mounted = mount(StickPlace, { target: place, props });
  flushSync();
  return props;
}

const radio = (name: string): HTMLInputElement => {
  const label = [...place.querySelectorAll('label')].find((one) => one.textContent?.includes(name));
  const input = label?.querySelector('input');
  if (!input) throw new Error(`nothing offers ${name}`);
  return input;
};
const picked = (): string[] => [...place.querySelectorAll<HTMLInputElement>('input[type=radio]')].filter((one) => one.checked).map((one) => one.value);
const pick = (name: string): void => {
  radio(name).click();
  flushSync();
};
const field = (): HTMLInputElement | null => place.querySelector('input:not([type=radio])');

test('a listed drive can be chosen, and another one instead of it', () => {
  const props = open(two);
  expect(picked()).toEqual([]);
  pick('KINGSTON');
  expect([props.folder, picked()]).toEqual(['/media/biet/KINGSTON', ['/media/biet/KINGSTON']]);
  pick('ANH');
  expect([props.folder, picked()]).toEqual(['/media/biet/ANH', ['/media/biet/ANH']]);
});

test('a listed drive can be chosen after another folder was begun', () => {
  const props = open(two);
  pick(words['usb.otherFolder']);
  expect(field()).not.toBeNull();
  pick('ANH');
  expect([props.folder, field()]).toEqual(['/media/biet/ANH', null]);
});

test('one drive alone is chosen by itself, and still is after another folder was looked at', () => {
  const props = open([drive('KINGSTON')]);
  expect([props.folder, picked()]).toEqual(['/media/biet/KINGSTON', ['/media/biet/KINGSTON']]);
  pick(words['usb.otherFolder']);
  expect([props.folder, field()?.value]).toEqual(['', '']);
  pick('KINGSTON');
  expect(props.folder).toBe('/media/biet/KINGSTON');
});

test('a folder that was refused stands in its field when the form comes back', () => {
  const props = open(two, '/srv/goi');
  expect([props.folder, field()?.value]).toEqual(['/srv/goi', '/srv/goi']);
});

test('a drive that was taken out is not chosen any more', () => {
  const props = open([...two, drive('XANH')]);
  pick('KINGSTON');
  props.drives = [drive('ANH'), drive('XANH')];
  flushSync();
  expect([props.folder, picked()]).toEqual(['', []]);
});

test.each([{ drives: [] }, { drives: two }])('a drive that is not among $drives.length can be looked for again', ({ drives }) => {
  const props = open(drives);
  [...place.querySelectorAll('button')].find((button) => button.textContent?.includes(words['usb.lookAgain']))?.click();
  expect(props.looks).toBe(1);
});

test('who presses on without a stick is taken to where one is chosen', () => {
  const props = new PlaceProps(two, '');
  const shown = (mounted = mount(StickPlace, { target: place, props })) as { choose: () => void };
  flushSync();
  shown.choose();
  expect(document.activeElement).toBe(radio('ANH'));
  pick(words['usb.otherFolder']);
  shown.choose();
  expect(document.activeElement).toBe(field());
});
