import type { Band, CriteriaSetView, Criterion, ScoreItem } from '../../backend/backend';

/** Points of a criterion that is met on a pass/fail scale; not met is zero. */
export const metPoints = 100;

export const criteriaOf = (set: CriteriaSetView): Criterion[] => set.groups.flatMap((group) => group.criteria);

/** The step of the set in hundredths; half a point where a set names none. */
export const stepOf = (set: CriteriaSetView): number => (set.scale.type === 'points' && set.scale.step > 0 ? set.scale.step : 50);

/** The largest total a complete sheet can have, hundredths. */
export function maximumOf(set: CriteriaSetView): number {
  if (set.scale.type === 'points') return set.scale.max;
  return criteriaOf(set).length * metPoints;
}

/** The words for a band's code. */
export function bandWords(set: CriteriaSetView, code: string | null): string | undefined {
  return code === null ? undefined : (set.bands.find((band) => band.code === code)?.vi ?? code);
}

export interface Standing {
  answered: number;
  total: number;
  /** Only of a complete sheet. */
  band: Band | undefined;
  /** Codes of mandatory criteria that stand at zero. */
  mandatoryZero: string[];
}

/** Where a sheet stands while it is being filled in; the device says the same once it is saved. */
export function standing(set: CriteriaSetView, items: ReadonlyMap<string, ScoreItem>): Standing {
  const criteria = criteriaOf(set);
  const given = criteria.flatMap((criterion) => {
    const value = items.get(criterion.code)?.points;
    return value === null || value === undefined ? [] : [{ criterion, value }];
  });
  const total = given.reduce((sum, one) => sum + one.value, 0);
  const complete = given.length === criteria.length && criteria.length > 0;
  return {
    answered: given.length,
    total,
    band: complete ? [...set.bands].sort((a, b) => b.min - a.min).find((band) => total >= band.min) : undefined,
    mandatoryZero: given.filter((one) => one.criterion.mandatory && one.value === 0).map((one) => one.criterion.code),
  };
}
