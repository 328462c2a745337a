import type { TotalRow } from '../../backend/backend';
import { t } from '../../i18n';

/** What a row is called: a unit with all below it, a unit alone, or what belongs to no single unit below. */
export function rowName(row: TotalRow): string {
  if (row.unallocated) return t('totals.unallocated', { unit: row.name });
  return row.own_only ? `${row.name} (${t('totals.ownOnly')})` : row.name;
}
