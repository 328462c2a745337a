import type { Language } from '../i18n/catalogue';

/** The language of a line of source text: Vietnamese has letters that English does not. */
export function writtenIn(line: string): Language {
  return /[À-ỹ]/.test(line.normalize('NFC')) ? 'vi' : 'en';
}
