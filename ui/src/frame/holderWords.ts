import { t } from '../i18n';

/** Whom a grant names: a unit or the province by name, a delegation by its number in the language on screen. */
export function holderWords(name: string): string {
  const number = /^(?:Đoàn khảo sát số )?(\d+)$/.exec(name)?.[1];
  return number === undefined ? name : t('frame.delegation', { number });
}
