import type { Footnote } from '../../backend/backend';
import { t } from '../../i18n';

/** A footnote in words; a code this version does not know is still said, with its count. */
export function footnoteWords({ code, count }: Footnote): string {
  switch (code) {
    case 'not_split':
    case 'possible_duplicates':
    case 'lower_bound':
    case 'unclassified':
    case 'unallocated':
    case 'demonstration':
    case 'returned':
      return t(`footnote.${code}`, { n: count });
    default:
      return t('footnote.other', { code, n: count });
  }
}
