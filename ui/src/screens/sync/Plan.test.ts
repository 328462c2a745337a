import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ExchangeView, Metering, OriginalsWait } from '../../backend/backend';
import Plan from './Plan.svelte';

vi.mock('../../backend/profile.svelte', () => ({
  status: () => ({ settings: {} }),
  changeSettings: () => Promise.resolve(),
}));

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
let wished: number;
beforeEach(() => {
  wished = 0;
  document.body.append((place = document.createElement('main')));
});
afterEach(async () => {
  if (mounted) await unmount(mounted);
  mounted = undefined;
  place.remove();
});

interface Case {
  metering: Metering;
  slow?: boolean;
  waits: OriginalsWait | null;
  own?: number;
  toFetch?: number;
}

function open({ metering, slow = false, waits, own = 2, toFetch = 0 }: Case): void {
  const view = {
    bytes_to_send: 4_000,
    seconds_to_send: null,
    files: { count: own, thumbnail_bytes: 0, original_bytes: own * 300_000, originals_wait: waits },
    files_to_fetch: { count: toFetch, bytes: toFetch * 300_000 },
    link: { metering, slow },
  } as ExchangeView;
  const props = { view, onchosen: (): void => {}, onwithoriginals: (): void => void (wished += 1) };
  mounted = mount(Plan, { target: place, props });
  flushSync();
}

const button = (): HTMLButtonElement | undefined =>
  [...place.querySelectorAll('button')].find((found) => found.textContent?.trim() === 'Đồng bộ ngay cả ảnh gốc');

test('over a metered link the plan says so, what waits, and one press sends it', () => {
  open({ metering: 'metered', waits: 'metered' });
  expect(place.textContent).toContain('Tính tiền theo dung lượng.');
  expect(place.textContent).toContain('chờ, 2 tệp');
  expect(place.textContent).toContain('Ảnh gốc và tệp chờ mạng không tính tiền theo dung lượng.');
  button()?.click();
  expect(wished).toBe(1);
});

test('what waits to be fetched is told on a device that has nothing to send', () => {
  open({ metering: 'metered', waits: 'metered', own: 0, toFetch: 3 });
  expect(place.textContent).toContain('chờ, 3 tệp');
  expect(button()).toBeDefined();
});

test.each([
  { metering: 'unmetered', slow: false, waits: 'chosen', link: 'Không tính tiền', why: 'Đồng chí đã chọn không tự gửi' },
  { metering: 'unknown', slow: true, waits: 'slow', link: 'Lần đo trước chậm.', why: 'cứ 10 phút máy gửi thử một phần' },
] as const)('the reason $waits has words of its own', ({ link, why, ...seen }) => {
  open(seen);
  expect(place.textContent).toContain(link);
  expect(place.textContent).toContain(why);
});

test('where nothing waits there is nothing to press and the photos are said to go', () => {
  open({ metering: 'unmetered', waits: null });
  expect(place.textContent).toContain('Không tính tiền theo dung lượng.');
  expect(place.textContent).toContain('đi sau, 2 tệp');
  expect(button()).toBeUndefined();
});

test('a choice that was never made is to go by the link', () => {
  open({ metering: 'unknown', waits: null });
  expect(place.querySelector('select')?.value).toBe('as_recognised');
});
