import type { Catalogue, Key, Language, ParamsOf } from './catalogue';
import { en } from './en';
import { formatBytes, formatDate, formatMoment, formatNumber, formatTime, type Moment } from './format';
import { vi } from './vi';

const catalogues: Record<Language, Catalogue> = { vi, en };
const cacheKey = 'cotmoc.language';

// Storage is only a cache of the profile's setting, so the first paint is in the right language.
const state = $state<{ language: Language }>({ language: remembered() });

function remembered(): Language {
  try {
    return localStorage.getItem(cacheKey) === 'en' ? 'en' : 'vi';
  } catch {
    return 'vi';
  }
}

/** The language on screen. */
export function language(): Language {
  return state.language;
}

/** Switches every word on screen at once. */
export function useLanguage(next: Language): void {
  state.language = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(cacheKey, next);
  } catch {
    // Private windows refuse storage; the switch still holds for this page.
  }
}

/** The words for a key. Numbers among the parameters are written in the screen's language. */
export function t<K extends Key>(key: K, ...[params]: ParamsOf<K>): string {
  return filled(catalogues[state.language][key], params as Record<string, string | number> | undefined);
}

/** `{n}` is a parameter; `{n|file|files}` is a number with what is counted, for a language that tells one from many. */
function filled(text: string, params: Record<string, string | number> | undefined, absent?: string): string {
  if (!params) return text;
  return text.replace(/\{(\w+)(?:\|([^|}]+)\|([^|}]+))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = params[name];
    if (value === undefined) return absent ?? whole;
    const said = typeof value === 'number' ? formatNumber(value, state.language) : value;
    return one === undefined ? said : `${said} ${said === '1' ? one : many}`;
  });
}

export interface ProblemWords {
  happened: string;
  safe?: string | undefined;
  next?: string | undefined;
  /** Shown when the code has no words of its own or stands for several, so that an administrator can still be told. */
  code?: string;
}

/** What to say about a refused request: what happened, what is safe, what to do. */
export function problemWords(problem: { code: string; params: Record<string, string | number> }): ProblemWords {
  const words = wordsFor(`problem.${problem.code}.happened`) === undefined ? 'unknown' : problem.code;
  const params = saidParams(problem.params);
  const part = (name: 'happened' | 'safe' | 'next'): string | undefined => {
    const text = wordsFor(`problem.${words}.${name}`);
    return text === undefined ? undefined : filled(text, params, '…');
  };
  const nameless = lacks(wordsFor(`problem.${words}.happened`) ?? '', params) ? wordsFor(`problem.${words}.without`) : undefined;
  const said = { happened: nameless ?? part('happened') ?? '', safe: part('safe'), next: part('next') };
  const code = words === 'unknown' ? problem.code : problem.params[codeAmong[words] ?? ''];
  return code === undefined ? said : { ...said, code: String(code) };
}

/** Problems whose words ask to hand on a code, by the parameter that holds it. */
const codeAmong: Record<string, string> = { server_refused: 'reason', change_not_valid: 'reason', damaged_record: 'record' };

/** The text names something that is not among the parameters. */
const lacks = (text: string, params: object): boolean => [...text.matchAll(/\{(\w+)/g)].some(([, name = '']) => !(name in params));

/** The words for a key that was put together from data, or nothing when the catalogue does not have it. */
export function wordsFor(key: string): string | undefined {
  return (catalogues[state.language] as Record<string, string>)[key];
}

// Codes among the parameters are said in words too: `role: 'post'` as "Cán bộ đồn".
const codedParams: Record<string, string> = { role: 'role', property: 'property', kind: 'suspicion', missing: 'property' };

function saidParams(params: Record<string, string | number>): Record<string, string | number> {
  // Something about a whole record names no property.
  const named = Object.entries(params).filter(([, value]) => value !== '');
  const said = named.map(([name, value]): [string, string | number] => {
    const prefix = codedParams[name];
    if (!prefix || typeof value !== 'string') return [name, value];
    const words = value.split(',').map((code) => wordsFor(`${prefix}.${code.trim()}`) ?? code.trim());
    // Names of contents have commas of their own.
    return [name, words.join('; ')];
  });
  return Object.fromEntries(said);
}

export const number = (value: number, digits?: number): string => formatNumber(value, state.language, digits);
export const bytes = (value: number): string => formatBytes(value, state.language);
export const date = formatDate;
export const time = formatTime;
export const moment = (value: Moment): string => formatMoment(value, new Date());
