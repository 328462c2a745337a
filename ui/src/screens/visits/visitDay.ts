import { t } from '../../i18n';

/**
 * Reads the day of a visit as plans write it: 11/5, 11/5/2026 or 5/2026. Gives `--05-11`, `2026-05-11` or `2026-05`;
 * a year that was not written is not guessed. `null` for nothing, `undefined` for no such day.
 */
export function readVisitDay(typed: string): string | null | undefined {
  const text = typed.trim();
  if (text === '') return null;
  const parts = text.split(/[/.\- ]/).map((part) => (/^\d{1,4}$/.test(part) ? Number(part) : Number.NaN));
  if (parts.some(Number.isNaN)) return undefined;
  const [first = 0, second = 0, third = 0] = parts;
  if (parts.length === 3) return third >= 1900 && isDay(third, second, first) ? `${third}-${two(second)}-${two(first)}` : undefined;
  if (parts.length !== 2) return undefined;
  if (second >= 1900 && second <= 9999) return first >= 1 && first <= 12 ? `${second}-${two(first)}` : undefined;
  // 29/2 exists in some years, so a leap year judges a day without a year.
  return isDay(2024, second, first) ? `--${two(second)}-${two(first)}` : undefined;
}

/** The day of a visit as it is read: 11/05/2026, 11/5 or 05/2026; what is none of these as it came. */
export function visitDay(day: string): string {
  const whole = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (whole) return `${whole[3]}/${whole[2]}/${whole[1]}`;
  const month = /^(\d{4})-(\d{2})$/.exec(day);
  if (month) return `${month[2]}/${month[1]}`;
  const partial = /^--(\d{2})-(\d{2})$/.exec(day);
  if (partial) return `${Number(partial[2])}/${Number(partial[1])}`;
  return day;
}

/** What was read out of a typed day, where that is less than a whole day. */
export function visitDayReading(day: string | null | undefined): string | undefined {
  const partial = /^--(\d{2})-(\d{2})$/.exec(day ?? '');
  return partial ? t('visit.dayRead', { day: Number(partial[2]), month: Number(partial[1]) }) : undefined;
}

function isDay(year: number, month: number, day: number): boolean {
  const moment = new Date(Date.UTC(year, month - 1, day));
  return year <= 9999 && moment.getUTCMonth() === month - 1 && moment.getUTCDate() === day && day > 0;
}

const two = (value: number): string => String(value).padStart(2, '0');
