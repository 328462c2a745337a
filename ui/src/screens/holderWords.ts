import { t } from '../i18n';

/** Whom a grant names: a unit or the province by name, a delegation by its number. */
export const holderWords = (name: string): string => (/^\d+$/.test(name) ? t('frame.delegation', { number: name }) : name);
