import { expect, test } from 'vitest';
import { vi } from '../../i18n/vi';
import type { StickStanding } from '../../backend/backend';
import { isWorthImporting, standingLook } from './stickStanding';

test('the refusals of the vocabulary are said in its own words', () => {
  expect(vi['usb.standing.nothing_new']).toBe('Gói đã nhập trước đó, không có thay đổi mới');
  expect(vi['usb.standing.damaged']).toBe('Gói bị hỏng hoặc thiếu, chưa nhập dữ liệu nào');
  expect(vi['usb.standing.carried']).toBe('Gói này không dành cho đơn vị của đồng chí');
  expect(vi['usb.standing.not_for_us']).toBe('Gói này không dành cho đơn vị của đồng chí');
});

test('every refusal says what to do next', () => {
  const loud: StickStanding[] = ['damaged', 'carried', 'not_for_us', 'newer', 'unknown_sender', 'unreadable', 'stopped'];
  const words = vi as Record<string, string>;
  expect(loud.filter((standing) => !words[`usb.do.${standing}`])).toEqual([]);
});

test('what this device wrote itself and other kinds of files are not imported', () => {
  const all = Object.keys(standingLook) as StickStanding[];
  expect(all.filter((standing) => !isWorthImporting(standing))).toEqual(['own', 'not_a_bundle']);
});
