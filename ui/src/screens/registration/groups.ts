import type { RegistrationValues } from '../../backend/backend';

/** Contents that are typed or chosen; figures are rows of their own. */
export type Property = Exclude<keyof RegistrationValues, 'figures' | 'remove_figures'>;

/** Contents that are saved together when they are left. */
export type GroupKey = 'about' | 'where' | 'plan' | 'means' | 'figures';

export interface Group {
  key: Exclude<GroupKey, 'figures'>;
  properties: readonly Property[];
}

export const groups: readonly Group[] = [
  { key: 'about', properties: ['name', 'model_kind', 'kind', 'field'] },
  { key: 'where', properties: ['place', 'area_and_target', 'schedule'] },
  { key: 'plan', properties: ['rationale', 'goals', 'approach'] },
  { key: 'means', properties: ['forces', 'resources', 'outputs', 'sustainability'] },
];

/** The ten contents a plan must have (domain R1 to R10), in their order. */
export const tenContents: readonly Property[] = [
  'name',
  'rationale',
  'goals',
  'approach',
  'area_and_target',
  'forces',
  'resources',
  'schedule',
  'outputs',
  'sustainability',
];

/** Prose: grows with what is written. The others are one line. */
export const prose: ReadonlySet<Property> = new Set<Property>(['rationale', 'goals', 'approach', 'forces', 'resources', 'outputs', 'sustainability']);

/** Where a property is on the page, for jumping to it. */
export const placeOnPage = (property: string): string => `content-${property}`;
