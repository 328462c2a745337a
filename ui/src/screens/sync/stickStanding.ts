import type { StickStanding } from '../../backend/backend';
import type { IconName } from '../../parts/icons';
import type { Tone } from '../../parts/tone';

/** How loud a file of a stick is, and its picture. Only what a person must do something about is loud. */
export const standingLook: Record<StickStanding, { tone: Tone; icon: IconName }> = {
  imported: { tone: 'good', icon: 'check' },
  nothing_new: { tone: 'quiet', icon: 'check' },
  ready: { tone: 'info', icon: 'receiving' },
  own: { tone: 'quiet', icon: 'onDevice' },
  damaged: { tone: 'problem', icon: 'problem' },
  carried: { tone: 'waiting', icon: 'usb' },
  not_for_us: { tone: 'waiting', icon: 'lock' },
  newer: { tone: 'attention', icon: 'warning' },
  not_a_bundle: { tone: 'quiet', icon: 'info' },
  unknown_sender: { tone: 'attention', icon: 'warning' },
  unreadable: { tone: 'problem', icon: 'problem' },
  stopped: { tone: 'waiting', icon: 'waiting' },
};

/** Importing it can bring something, or says in words why not; one's own and foreign kinds of files are left out. */
export const isWorthImporting = (standing: StickStanding): boolean => standing !== 'own' && standing !== 'not_a_bundle';
