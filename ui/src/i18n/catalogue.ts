import type { vi } from './vi';

export type Key = keyof typeof vi;
export type Catalogue = Record<Key, string>;

/** What an English area file must hold: the keys of its Vietnamese one, each taking the same parameters. */
export type WordsOf<Area> = { [K in keyof Area]: string };

/** The names between braces in a text: `'{done}/{total} KB'` gives `'done' | 'total'`. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** Parameters a key must be given; a key without braces takes none. */
export type ParamsOf<K extends Key> = [Names<(typeof vi)[K]>] extends [never]
  ? []
  : [params: Record<Names<(typeof vi)[K]>, string | number>];

/** Keys whose text has no braces: what tables of labels may hold. */
export type PlainKey = { [K in Key]: [Names<(typeof vi)[K]>] extends [never] ? K : never }[Key];

export type Language = 'vi' | 'en';
