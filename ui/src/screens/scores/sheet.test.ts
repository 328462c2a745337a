import { expect, test } from 'vitest';
import type { CriteriaSetView, ScoreItem } from '../../backend/backend';
import { points } from './points';
import { maximumOf, standing, stepOf } from './sheet';

const set: CriteriaSetView = {
  id: 's', code: 'demo', version: '1', title: 'Bộ minh họa', level: 'model',
  scale: { type: 'points', max: 2000, step: 50 }, constructed: true, provenance: '',
  groups: [
    { code: 'A', vi: 'A', max: 2000, criteria: [
      { code: 'A1', vi: 'Một', en: null, max: 1000, mandatory: true },
      { code: 'A2', vi: 'Hai', en: null, max: 1000, mandatory: false },
    ] },
  ],
  bands: [{ code: 'kha', vi: 'Khá', min: 1300 }, { code: 'tot', vi: 'Tốt', min: 1600 }, { code: 'chua', vi: 'Chưa đạt', min: 0 }],
};
const sheet = (given: Record<string, number | null>): Map<string, ScoreItem> =>
  new Map(Object.entries(given).map(([code, value]) => [code, { code, points: value, note: '' }]));

test('a sheet has a band only when every criterion is answered, whatever the order of the bands', () => {
  expect(standing(set, sheet({ A1: 900 })).band).toBeUndefined();
  expect(standing(set, sheet({ A1: 900, A2: 750 }))).toMatchObject({ answered: 2, total: 1650, band: { code: 'tot' } });
  expect(standing(set, sheet({ A1: 900, A2: 650 })).band?.code).toBe('kha');
});

test('not answered is not zero', () => {
  expect(standing(set, sheet({ A1: null, A2: 500 }))).toMatchObject({ answered: 1, mandatoryZero: [] });
  expect(standing(set, sheet({ A1: 0, A2: 500 }))).toMatchObject({ answered: 2, mandatoryZero: ['A1'] });
});

test('answers that the set does not ask for count nowhere', () => {
  expect(standing(set, sheet({ X9: 5000, A2: 500 }))).toMatchObject({ answered: 1, total: 500 });
});

test('a pass/fail set has no step of its own and counts what is met', () => {
  expect(stepOf(set)).toBe(50);
  expect(maximumOf({ ...set, scale: { type: 'pass_fail' } })).toBe(200);
});

test('points are written with a comma', () => {
  expect(points(450)).toBe('4,5');
  expect(points(10_000)).toBe('100');
});
