import type { CycleRow, FieldRow } from '../../backend/backend';
import { language, t } from '../../i18n';

/** The fields of one cycle, or of all of them: a code may be in several years' schemes, the newest label counts. */
export function fieldsOf(cycles: readonly CycleRow[], cycle: string | null | undefined): FieldRow[] {
  const chosen = cycle ? cycles.filter((one) => one.id === cycle) : cycles;
  const byCode = new Map<string, FieldRow>();
  for (const field of chosen.flatMap((one) => one.fields)) if (!byCode.has(field.code)) byCode.set(field.code, field);
  return [...byCode.values()];
}

/** A field in words; a code that no scheme here knows is shown as it is. */
export function fieldLabel(fields: readonly FieldRow[], code: string | null | undefined): string {
  if (!code) return t('report.unclassified');
  const field = fields.find((one) => one.code === code);
  return field ? (language() === 'en' && field.en ? field.en : field.vi) : code;
}
