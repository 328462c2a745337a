import { expect, test } from 'vitest';
import { contentWords, differingPieces } from './words';

const said = (text: string, other: string): string =>
  differingPieces(text, other)
    .map((piece) => (piece.differs ? `[${piece.text}]` : piece.text))
    .join('');

test('only the words between a common beginning and end are marked', () => {
  expect(said('Hỗ trợ 200 học sinh trong năm', 'Hỗ trợ 48 học sinh trong năm')).toBe('Hỗ trợ [200] học sinh trong năm');
  expect(said('Bữa sáng cho em ở điểm trường', 'Bữa sáng cho em')).toBe('Bữa sáng cho em[ ở điểm trường]');
});

test('texts alike have nothing marked, and an empty one shows all of the other', () => {
  expect(said('một hai', 'một hai')).toBe('một hai');
  expect(said('một hai', '')).toBe('[một hai]');
  expect(differingPieces('', 'một')).toEqual([]);
});

test('nothing of a text is lost by marking it', () => {
  const text = '  Dòng một\ndòng hai  ';
  expect(differingPieces(text, 'Dòng một khác').map((piece) => piece.text).join('')).toBe(text);
});

test('a difference names the record and the content in words', () => {
  const difference = { record: 'r', kind: 'registration', title: '', property: 'goals', name: '', values: [], merged: false, may_resolve: true, decided_by: null };
  expect(contentWords(difference)).toBe('Đăng ký mô hình: Mục tiêu, chỉ tiêu');
  expect(contentWords({ ...difference, kind: 'agreed_score', property: 'items/C1', name: 'C1' })).toBe('Điểm kết luận: Điểm (C1)');
  expect(contentWords({ ...difference, property: 'figures/01a201e2eb25', name: 'Số cụm đèn' })).toBe('Đăng ký mô hình: Số liệu (Số cụm đèn)');
  expect(contentWords({ ...difference, property: 'figures/01a201e2eb25' })).toBe('Đăng ký mô hình: Số liệu');
  expect(contentWords({ ...difference, kind: 'unheard', property: 'unheard' })).toBe('Bản ghi khác: unheard');
});
