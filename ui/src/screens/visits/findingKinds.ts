import type { FindingKind } from '../../backend/backend';
import { t, wordsFor } from '../../i18n';

/** In the order of the minutes. */
export const findingKinds: readonly FindingKind[] = [
  'unit_report',
  'strength',
  'limitation',
  'cause',
  'proposal',
  'request',
  'lesson',
];

export const kindWords = (kind: FindingKind): string => t(`finding.kind.${kind}`);

/** Who wrote a finding: an assessor's slot or a role, never a person. */
export function authorWords(by: string): string {
  const slot = /^(?:member:)?(\d+)$/.exec(by)?.[1];
  if (slot !== undefined) return t('finding.bySlot', { n: Number(slot) });
  return wordsFor(`role.${by}`) ?? by;
}

/** A part of a visit that this device does not hold yet. */
export const partWords = (part: string): string => wordsFor(`visit.part.${part}`) ?? part;
