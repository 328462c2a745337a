import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem, type CompareRow } from '../../backend/backend';
import AgreementRow from './AgreementRow.svelte';

let place: HTMLElement;
let mounted: Record<string, unknown> | undefined;
beforeEach(() => document.body.append((place = document.createElement('table'))));
afterEach(async () => {
  if (mounted) await unmount(mounted);
  place.remove();
});

function open(row: Partial<CompareRow>, mayAgree = true) {
  const agreed: [number, string][] = [];
  mounted = mount(AgreementRow, {
    target: place,
    props: {
      row: { code: 'C1', points: [900, 900], notes: ['', ''], spread: 0, agreed: null, reason: '', differs: false, ...row },
      criterion: { code: 'C1', vi: 'Kết quả', en: null, max: 1500, mandatory: false },
      assessors: [{ key: '1', label: 'Người chấm 1' }, { key: '2', label: 'Người chấm 2' }],
      scale: 'points' as const,
      step: 50,
      mayAgree,
      onagree: async (points: number, reason: string, checked: boolean) => {
        agreed.push([points, reason]);
        return /0\d{9}/.test(reason) && !checked ? new Problem('personal_data', { property: 'reason', kind: 'phone', excerpt: '0900000000' }) : undefined;
      },
    },
  });
  flushSync();
  return { agreed, input: place.querySelector('input'), reason: place.querySelector('textarea') };
}

function enter(input: HTMLInputElement | null, text: string): void {
  if (!input) throw new Error('no input');
  input.focus();
  input.value = text;
  input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  flushSync();
}

test('where assessors differ the agreed points wait for a reason, and both are saved as one', () => {
  const { agreed, input, reason } = open({ points: [1250, 900], spread: 350 });
  enter(input, '11');
  expect(agreed).toEqual([]);
  expect(place.textContent).toContain('cần ghi lý do');
  if (!reason) throw new Error('no reason field');
  reason.focus();
  reason.value = 'Đối chiếu lại sổ';
  reason.dispatchEvent(new Event('input', { bubbles: true }));
  reason.blur();
  flushSync();
  expect(agreed).toEqual([[1100, 'Đối chiếu lại sổ']]);
});

test('a reason that may carry personal data waits for a person, and what was entered stays', async () => {
  const { agreed, reason } = open({ points: [1250, 900], spread: 350, agreed: 1100, reason: 'Đối chiếu sổ' });
  if (!reason) throw new Error('no reason field');
  reason.focus();
  reason.value = 'Hỏi lại theo số 0900000000';
  reason.dispatchEvent(new Event('input', { bubbles: true }));
  reason.blur();
  await vi.waitFor(() => expect(place.textContent).toContain('“0900000000”'));
  expect(reason.value).toBe('Hỏi lại theo số 0900000000');
  const keep = [...place.querySelectorAll('button')].find((button) => button.textContent?.includes('Giữ nội dung'));
  keep?.click();
  await vi.waitFor(() => expect(place.textContent).not.toContain('“0900000000”'));
  expect(agreed).toEqual([
    [1100, 'Hỏi lại theo số 0900000000'],
    [1100, 'Hỏi lại theo số 0900000000'],
  ]);
});

test('where all sheets are alike their points are offered, never filled in', () => {
  const { agreed, input, reason } = open({});
  expect(input?.value).toBe('');
  expect(reason).toBeNull();
  const take = [...place.querySelectorAll('button')].find((button) => button.textContent?.includes('Lấy 9'));
  take?.click();
  flushSync();
  expect(agreed).toEqual([[900, '']]);
});

test('a sheet that is not complete offers nothing to take', () => {
  open({ points: [900, null] });
  expect(place.textContent).not.toContain('Lấy 9');
  expect(place.textContent).toContain('Chưa chấm');
});

test('who may not agree reads the agreed points and enters nothing', () => {
  const { input } = open({ agreed: 1100, reason: 'Đối chiếu' }, false);
  expect(input).toBeNull();
  expect(place.textContent).toContain('11');
});
