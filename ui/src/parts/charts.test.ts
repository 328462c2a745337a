import { expect, test } from 'vitest';
import { byDifference, placeDots } from './dotPlot';
import { layStackedBars } from './stackedBar';

const parts = [
  { key: 'a', label: 'Kinh tế' },
  { key: 'b', label: 'Văn hóa' },
];

test('the longest row fills the width and the pieces of a row touch', () => {
  const [first, second] = layStackedBars(parts, [
    { id: '1', label: 'A', values: { a: 30, b: 10 } },
    { id: '2', label: 'B', values: { a: 10, b: 10 } },
  ], 400);
  expect(first?.total).toBe(40);
  expect(first?.pieces.map((piece) => [piece.x, piece.width])).toEqual([[0, 300], [300, 100]]);
  expect(second?.pieces.map((piece) => [piece.x, piece.width])).toEqual([[0, 100], [100, 100]]);
});

test('a part without a figure draws nothing, and rows of zeros do not divide by zero', () => {
  const [only] = layStackedBars(parts, [{ id: '1', label: 'A', values: {} }], 400);
  expect(only).toMatchObject({ total: 0, pieces: [] });
});

test('a missing score is no dot, and one score alone has no spread', () => {
  const [place] = placeDots(['1', '2'], [{ id: 'c', label: 'C1', max: 10, scores: { '1': 7, '2': null } }], 0, 100);
  expect(place?.dots).toHaveLength(1);
  expect(place?.spread).toBeNull();
});

test('equal scores stand above each other instead of hiding', () => {
  const [place] = placeDots(['1', '2'], [{ id: 'c', label: 'C1', max: 10, scores: { '1': 7, '2': 7 } }], 0, 100);
  expect(place?.dots.map((dot) => dot.x)).toEqual([70, 70]);
  expect(new Set(place?.dots.map((dot) => dot.y)).size).toBe(2);
});

test('the largest difference for its maximum comes first', () => {
  const places = placeDots(['1', '2'], [
    { id: 'small', label: '', max: 20, scores: { '1': 10, '2': 12 } },
    { id: 'none', label: '', max: 10, scores: {} },
    { id: 'large', label: '', max: 5, scores: { '1': 1, '2': 4 } },
  ], 0, 100);
  expect(byDifference(places).map((place) => place.row.id)).toEqual(['large', 'small', 'none']);
});
