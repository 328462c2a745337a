import type { Language } from './catalogue';

// Both languages write dates as the field does; only the number marks differ.
const numberLocale: Record<Language, string> = { vi: 'vi-VN', en: 'en-GB' };
const numberFormats = new Map<string, Intl.NumberFormat>();

/** 1.354 and 75,6 in Vietnamese, 1,354 and 75.6 in English; at most `digits` decimals, none invented. */
export function formatNumber(value: number, language: Language, digits = 3): string {
  const key = `${language}${digits}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(numberLocale[language], { maximumFractionDigits: digits, useGrouping: 'always' });
    numberFormats.set(key, format);
  }
  return format.format(value);
}

/** ISO text, or milliseconds since 1970 as the device writes claimed times. */
export type Moment = string | number | Date;

const two = (value: number): string => String(value).padStart(2, '0');

/**
 * dd/MM/yyyy. A bare date (`2026-09-05`) is that day everywhere; a moment is shown in this device's time zone.
 * What is not a date is shown as it came rather than hidden.
 */
export function formatDate(value: Moment): string {
  if (typeof value === 'string') {
    const bare = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
    if (bare) return `${bare[3]}/${bare[2]}/${bare[1]}`;
  }
  const moment = asMoment(value);
  return moment
    ? `${two(moment.getDate())}/${two(moment.getMonth() + 1)}/${String(moment.getFullYear()).padStart(4, '0')}`
    : String(value);
}

/** HH:mm in this device's time zone. */
export function formatTime(value: Moment): string {
  const moment = asMoment(value);
  return moment ? `${two(moment.getHours())}:${two(moment.getMinutes())}` : String(value);
}

/** HH:mm today, dd/MM/yyyy HH:mm on any other day. */
export function formatMoment(value: Moment, now: Date): string {
  const moment = asMoment(value);
  if (!moment) return String(value);
  const sameDay = moment.toDateString() === now.toDateString();
  return sameDay ? formatTime(moment) : `${formatDate(moment)} ${formatTime(moment)}`;
}

function asMoment(value: Moment): Date | undefined {
  const moment = value instanceof Date ? value : new Date(value);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

/** Sizes as people meet them: whole KB below one MB, one decimal above; a number and its unit stay on one line. */
export function formatBytes(bytes: number, language: Language): string {
  if (bytes < 1024) return `${formatNumber(bytes, language, 0)}\u00a0B`;
  if (bytes < 1024 * 1024) return `${formatNumber(bytes / 1024, language, 0)}\u00a0KB`;
  return `${formatNumber(bytes / 1024 / 1024, language, 1)}\u00a0MB`;
}
