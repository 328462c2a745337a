/**
 * Reads a score or other small decimal as typed: digits with one comma or point. `null` means nothing was typed,
 * `undefined` that it is not a number. Grouping marks are not taken, so "1.354" is 1,354 thousandths here:
 * figures of a registration are read by the device, never by this function.
 */
export function readDecimal(typed: string): number | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  if (!/^\d{1,9}([.,]\d{0,6})?$/.test(text)) return undefined;
  return Number(text.replace(',', '.'));
}

/** Reads 05/09/2026, 5/9/2026 or 5-9-2026 as `2026-09-05`; `null` for nothing, `undefined` for no such day. */
export function readDate(typed: string): string | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  const parts = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(text);
  if (!parts) return undefined;
  const [day, month, year] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const moment = new Date(Date.UTC(year, month - 1, day));
  if (moment.getUTCFullYear() !== year || moment.getUTCMonth() !== month - 1 || moment.getUTCDate() !== day) return undefined;
  return moment.toISOString().slice(0, 10);
}
