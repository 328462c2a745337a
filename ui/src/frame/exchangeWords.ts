import type { Status } from '../backend/backend';
import { moment, number, t } from '../i18n';
import type { IconName } from '../parts/icons';
import type { Tone } from '../parts/tone';

/** What the state chip says: its loudness, its picture and its words. `moving` while the numbers run. */
export interface ExchangeWords {
  tone: Tone;
  icon: IconName;
  words: string;
  moving: boolean;
}

type Known = Pick<Status, 'exchange' | 'unsent' | 'differences' | 'set_aside' | 'differs_from_province' | 'last_contact'>;

/** How the state of the records is said: being offline is quiet, only what needs a person is loud. */
export function exchangeWords({ exchange, unsent, differences, set_aside, differs_from_province, last_contact }: Known): ExchangeWords {
  if (exchange.state === 'running') return { tone: 'info', icon: runningIcon[exchange.phase], words: runningWords(exchange), moving: true };
  const still = { moving: false };
  const toReview = differences + set_aside;
  if (toReview > 0) return { tone: 'attention', icon: 'review', words: t('sync.review', { n: toReview }), ...still };
  if (exchange.state === 'no_remote') return { tone: 'quiet', icon: 'onDevice', words: t('sync.saved'), ...still };
  if (unsent > 0) return { tone: 'waiting', icon: 'waiting', words: t('sync.unsent', { n: unsent }), ...still };
  if (differs_from_province) return { tone: 'waiting', icon: 'differing', words: t('sync.differs'), ...still };
  if (last_contact !== null) return { tone: 'good', icon: 'held', words: t('sync.heldAt', { time: moment(last_contact) }), ...still };
  return { tone: 'quiet', icon: 'onDevice', words: t('sync.saved'), ...still };
}

const runningIcon = { sending: 'sending', receiving: 'receiving', applying: 'sync' } as const;

function runningWords({ phase, done, total }: Extract<Status['exchange'], { state: 'running' }>): string {
  if (phase === 'applying') {
    return total === null ? t('frame.applying', { done }) : t('frame.applyingOf', { done, total });
  }
  const doneKb = number(kilobytes(done));
  if (total === null) return phase === 'sending' ? t('frame.sendingSome', { done: doneKb }) : t('frame.receivingSome', { done: doneKb });
  const params = { done: doneKb, total: number(kilobytes(total)) };
  return phase === 'sending' ? t('sync.sending', params) : t('frame.receiving', params);
}

// Rounded up, so that something to send never reads as 0 KB.
const kilobytes = (bytes: number): number => Math.ceil(bytes / 1024);
