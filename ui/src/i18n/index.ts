export type { Key, Language, PlainKey } from './catalogue';
export { folded, inVietnameseOrder } from './order';
export { readDate, readDecimal } from './reading';
export { bytes, date, language, moment, number, problemWords, t, time, useLanguage, wordsFor } from './words.svelte';
export type { ProblemWords } from './words.svelte';
