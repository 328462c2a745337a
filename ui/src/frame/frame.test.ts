import { expect, test } from 'vitest';
import type { RoleName } from '../backend/backend';
import { exchangeWords } from './exchangeWords';
import { forPhone, opensTo, placeOf, places, placesOf } from './place';
import { href, matchPath, parseAddress } from './router.svelte';

test('an address carries its path and its questions', () => {
  expect(parseAddress('#/models?status=returned&q=b%E1%BB%AFa')).toEqual({
    path: '/models',
    query: { status: 'returned', q: 'bữa' },
  });
  expect(parseAddress('')).toEqual({ path: '/', query: {} });
});

test('questions without an answer are left out of an address', () => {
  expect(href('/models', { status: undefined, q: '' })).toBe('#/models');
  expect(parseAddress(href('/search', { q: 'đồn & bản' })).query).toEqual({ q: 'đồn & bản' });
});

test('a pattern gives its parameters, and another screen gives none', () => {
  expect(matchPath('/models/:id', '/models/a%20b')).toEqual({ id: 'a b' });
  expect(matchPath('/models/:id', '/models')).toBeUndefined();
  expect(matchPath('/models/:id', '/models/')).toBeUndefined();
  expect(matchPath('/models/:id', '/models/%E0%A4%A')).toBeUndefined();
});

test('a record lights its section, and a look-alike does not', () => {
  expect(placeOf(places, '/models/1')?.path).toBe('/models');
  expect(placeOf(places, '/modelsx')).toBeUndefined();
});

test('a search belongs to no section, so none is lit', () => {
  expect(placeOf(places, '/search')).toBeUndefined();
});

test('a screen of other roles does not open by its address, those of one’s own and of everybody do', () => {
  expect(opensTo('post', '/devices')).toBe(false);
  expect(opensTo('member', '/totals')).toBe(false);
  expect(opensTo('administrator', '/models/1')).toBe(false);
  expect(opensTo('administrator', '/devices')).toBe(true);
  expect(opensTo('compiler', '/visits/1')).toBe(true);
  expect(opensTo('post', '/visits')).toBe(true);
  expect(opensTo('member', '/search')).toBe(true);
  expect(opensTo('member', '/nowhere')).toBe(true);
});

test.each<RoleName>(['post', 'head', 'secretary', 'member', 'compiler', 'administrator'])(
  'on a phone %s reaches every section, at most five of them at once',
  (role) => {
    const { bar, behind } = forPhone(placesOf(role), role);
    expect(bar.length + (behind.length ? 1 : 0)).toBeLessThanOrEqual(5);
    expect([...bar, ...behind].map((place) => place.path).sort()).toEqual(placesOf(role).map((place) => place.path).sort());
    expect(bar.map((place) => place.path)).toContain('/sync');
  },
);

test('up to five sections need no "Thêm"', () => {
  expect(forPhone(places.slice(0, 5), 'post').behind).toEqual([]);
});

const quiet: Parameters<typeof exchangeWords>[0] = {
  exchange: { state: 'idle' },
  unsent: 0,
  differences: 0,
  set_aside: 0,
  differs_from_province: false,
  last_contact: null,
};

test('only what needs a person is loud', () => {
  expect(exchangeWords(quiet)).toMatchObject({ tone: 'quiet', words: 'Đã lưu trên máy này' });
  expect(exchangeWords({ ...quiet, unsent: 3 }).words).toBe('Chưa gửi: 3 thay đổi');
  expect(exchangeWords({ ...quiet, unsent: 3, exchange: { state: 'waiting', next_try: 0 } }).tone).toBe('waiting');
  expect(exchangeWords({ ...quiet, unsent: 3, differences: 1, set_aside: 1 })).toMatchObject({ tone: 'attention', words: 'Có việc cần xem lại: 2' });
});

test('a device that differs from the province does not say that the province has received everything', () => {
  const differs = { ...quiet, last_contact: 0, differs_from_province: true };
  expect(exchangeWords(differs)).toMatchObject({ tone: 'waiting', words: 'Khác với tỉnh' });
  expect(exchangeWords({ ...differs, unsent: 3 }).words).toBe('Chưa gửi: 3 thay đổi');
});

test('a running exchange says its numbers, and kilobytes never round down to none', () => {
  const running = (phase: 'sending' | 'receiving' | 'applying', done: number, total: number | null): string =>
    exchangeWords({ ...quiet, exchange: { state: 'running', phase, done, total } }).words;
  expect(running('sending', 12_288, 38_000)).toBe('Đang gửi 12/38 KB');
  expect(running('sending', 1, null)).toBe('Đang gửi 1 KB');
  expect(running('receiving', 100, 2000)).toBe('Đang nhận 1/2 KB');
  expect(running('applying', 1200, 1354)).toBe('Đang cập nhật 1.200/1.354');
});

test('a device that belongs nowhere yet only says that its records are here', () => {
  expect(exchangeWords({ ...quiet, unsent: 2, exchange: { state: 'no_remote' } }).words).toBe('Đã lưu trên máy này');
});

test('no section is shown to a role that cannot work in it, and each address has one section', () => {
  expect(placesOf('post').map((place) => place.path)).not.toContain('/devices');
  for (const empty of ['/models', '/totals', '/visits']) expect(placesOf('administrator').map((place) => place.path)).not.toContain(empty);
  expect(placesOf('compiler').filter((place) => place.label === 'nav.survey')).toHaveLength(1);
  expect(placeOf(placesOf('compiler'), '/visits/1')?.path).toBe('/campaigns');
});
