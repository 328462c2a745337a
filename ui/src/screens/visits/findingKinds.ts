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
  if (/^\d+$/.test(by)) return t('finding.bySlot', { n: Number(by) });
  return wordsFor(`role.${by}`) ?? by;
}
