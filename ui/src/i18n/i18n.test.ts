import { afterEach, expect, test } from 'vitest';
import { en } from './en';
import { formatBytes, formatDate, formatMoment, formatNumber } from './format';
import { folded, inVietnameseOrder } from './order';
import { readDate, readDecimal } from './reading';
import { vi } from './vi';
import { raisedProblems, saidOnScreen } from './raised';
import { problemWords, t, useLanguage } from './words.svelte';

afterEach(() => useLanguage('vi'));

const names = (text: string): string[] => [...text.matchAll(/\{(\w+)/g)].map((found) => found[1] ?? '').sort();

test('both languages have the same keys, and each text takes the same parameters', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(vi).sort());
  for (const [key, text] of Object.entries(vi)) {
    expect(names(en[key as keyof typeof vi]), key).toEqual(names(text));
  }
});

test('no text is empty and every text is NFC', () => {
  for (const [key, text] of [...Object.entries(vi), ...Object.entries(en)]) {
    expect(text.trim(), key).not.toBe('');
    expect(text.normalize('NFC'), key).toBe(text);
  }
});

test('every problem says what happened and what to do', () => {
  const codes = new Set(
    Object.keys(vi)
      .filter((key) => key.startsWith('problem.'))
      .map((key) => key.split('.')[1]),
  );
  for (const code of codes) {
    for (const part of ['happened', 'next']) expect(vi, code).toHaveProperty([`problem.${code}.${part}`]);
  }
});

test('each way in which a figure can be stated has words', () => {
  for (const qualifier of ['exact', 'approx', 'over', 'at_least', 'under', 'at_most', 'unquantified']) {
    expect(vi).toHaveProperty([`qualifier.${qualifier}`]);
  }
});

test('every problem that the program raises has words of its own', () => {
  const raised = raisedProblems();
  expect(raised.length).toBeGreaterThan(60);
  for (const code of ['home_in_use', 'server_unreachable', 'damaged_record', 'foreign_origin', 'store_copied', 'invitation_used']) {
    expect(raised, 'the search still finds what is raised').toContain(code);
  }
  expect(raised.filter((code) => !(`problem.${code}.happened` in vi))).toEqual([]);
});

test('a problem that comes without what its sentence names shows no braces', () => {
  const codes = new Set(Object.keys(vi).flatMap((key) => /^problem\.(\w+)\./.exec(key)?.[1] ?? []));
  for (const language of ['vi', 'en'] as const) {
    useLanguage(language);
    for (const code of codes) {
      const { happened, safe, next } = problemWords({ code, params: {} });
      expect([happened, safe, next].join(' '), code).not.toMatch(/[{}]/);
    }
    // The device names a reason where the role is beside the point, and no property for a whole record.
    expect(problemWords({ code: 'role_may_not', params: { reason: 'outside_scope' } }).happened).not.toMatch(/[{}…]/);
    expect(problemWords({ code: 'too_long', params: { property: '', cap: '131072' } }).happened).not.toMatch(/[{}…]/);
  }
});

test('what a person wrote is shown as it was written, braces too', () => {
  expect(problemWords({ code: 'secrecy_mark', params: { excerpt: 'Mật {1}' } }).happened).toContain('Mật {1}');
});

test('a problem that stands for several keeps its code for the administrator', () => {
  expect(problemWords({ code: 'server_refused', params: { reason: 'bad_signature' } }).code).toBe('bad_signature');
  expect(problemWords({ code: 'server_unreachable', params: { server: 'https://10.0.0.1' } }).code).toBeUndefined();
});

test('codes among the parameters of a problem are said in words', () => {
  expect(problemWords({ code: 'role_may_not', params: { role: 'post' } }).happened).toContain('Cán bộ đồn');
  expect(problemWords({ code: 'registration_incomplete', params: { missing: 'name,place' } }).happened).toBe(
    'Đăng ký còn thiếu: Tên mô hình; Địa chỉ, địa bàn thực hiện.',
  );
  expect(problemWords({ code: 'personal_data', params: { property: 'goals', kind: 'phone', excerpt: '0900' } }).happened).toContain('số điện thoại');
  expect(problemWords({ code: 'role_may_not', params: { role: 'unheard' } }).happened).toContain('unheard');
});

test('nothing technical is said on screen', () => {
  for (const [key, text] of [...Object.entries(vi), ...Object.entries(en)]) {
    expect(text, key).not.toMatch(/CRDT|automerge|conflict|sync engine|xung đột|hợp nhất/i);
  }
});

test('every text is said somewhere', () => {
  const said = saidOnScreen();
  expect(Object.keys(vi).filter((key) => !said(key))).toEqual([]);
});

test('numbers carry the marks of the language', () => {
  expect(formatNumber(1354, 'vi')).toBe('1.354');
  expect(formatNumber(75.6, 'vi')).toBe('75,6');
  expect(formatNumber(1354, 'en')).toBe('1,354');
  expect(formatNumber(75.6, 'en')).toBe('75.6');
  expect(formatBytes(38 * 1024, 'vi')).toBe('38\u00a0KB');
  expect(formatBytes(1_600_000, 'vi')).toBe('1,5\u00a0MB');
});

test('English tells one from many', () => {
  expect(t('sync.records', { n: 1 })).toBe('1 bản ghi');
  useLanguage('en');
  const said = [0, 1, 2, 1354].map((n) => t('sync.records', { n }));
  expect(said).toEqual(['0 records', '1 record', '2 records', '1,354 records']);
  expect(t('usb.importedEntries', { entries: 1, records: 3 })).toBe('1 new change in 3 records.');
});

test('English says of one thing that it is one, wherever something is counted', () => {
  useLanguage('en');
  // Verbs of one, and units of measure.
  const ofOne = /^(is|was|has|gives|declares|s|pixels)$/;
  const keys = Object.keys(en) as (keyof typeof en)[];
  const wrong = keys.flatMap((key) => {
    const ones = Object.fromEntries(names(en[key]).map((name) => [name, 1]));
    const said = (t as (key: string, params: object) => string)(key, ones);
    const after = [...said.matchAll(/\b1 ([a-z]+)(?: ([a-z]+))?/g)].flatMap(([, next, second]) => [next ?? '', second ?? '']);
    const several = after.some((word) => /(s|criteria|were|have)$/.test(word) && !ofOne.test(word));
    return several ? [`${key}: ${said}`] : [];
  });
  expect(wrong).toEqual([]);
  const counted = keys.filter((key) => en[key].includes('|'));
  expect(counted.length).toBeGreaterThan(30);
  for (const key of counted) {
    for (const [, name = '', one = '', many = ''] of en[key].matchAll(/\{(\w+)\|([^|}]+)\|([^|}]+)\}/g)) {
      const said = (n: number | string): string => (t as (key: string, params: object) => string)(key, { [name]: n });
      expect(said(1), key).toContain(`1 ${one}`);
      expect(said('1'), key).toContain(`1 ${one}`);
      for (const several of [0, 2, 11, '1.5']) expect(said(several), key).toContain(`${several} ${many}`);
    }
  }
});

test('a bare date is the same day in every time zone', () => {
  expect(formatDate('2026-01-01')).toBe('01/01/2026');
  expect(formatDate('không rõ')).toBe('không rõ');
});

test('a moment of today is a time, an older one has its date', () => {
  const now = new Date(2026, 8, 5, 16, 0);
  expect(formatMoment(new Date(2026, 8, 5, 14, 5), now)).toBe('14:05');
  expect(formatMoment(new Date(2026, 8, 4, 14, 5), now)).toBe('04/09/2026 14:05');
});

test('numbers in a text are written in the language on screen', () => {
  expect(t('sync.unsent', { n: 1354 })).toBe('Chưa gửi: 1.354 thay đổi');
  useLanguage('en');
  expect(t('sync.unsent', { n: 1354 })).toBe('Changes not sent: 1,354');
  expect(document.documentElement.lang).toBe('en');
});

test('a refusal without words of its own keeps its code for the administrator', () => {
  expect(problemWords({ code: 'door_closed', params: {} }).code).toBeUndefined();
  expect(problemWords({ code: 'never_seen', params: {} })).toMatchObject({
    happened: vi['problem.unknown.happened'],
    code: 'never_seen',
  });
});

test('scores are read with a comma or a point, and nothing else is guessed', () => {
  expect(readDecimal('7,5')).toBe(7.5);
  expect(readDecimal(' 7.5 ')).toBe(7.5);
  expect(readDecimal('7,')).toBe(7);
  expect(readDecimal('')).toBeNull();
  for (const bad of ['-1', '1e5', '7,5,5', 'bảy', '٧', '1 000']) expect(readDecimal(bad), bad).toBeUndefined();
});

test('dates are read as they are written here, and days that do not exist are refused', () => {
  expect(readDate('5/9/2026')).toBe('2026-09-05');
  expect(readDate('')).toBeNull();
  for (const bad of ['31/02/2026', '2026-09-05', '5/13/2026', '5/9/26']) expect(readDate(bad), bad).toBeUndefined();
});

test('names are sorted by the Vietnamese alphabet and found without marks', () => {
  expect(['Đồn', 'Dân', 'Ân', 'An', 'Ăn'].sort(inVietnameseOrder)).toEqual(['An', 'Ăn', 'Ân', 'Dân', 'Đồn']);
  expect(folded('Đồn Biên phòng')).toBe('don bien phong');
});
