import { call, Problem, type Identity, type ProfileList, type RoleName, type Settings, type Status } from './backend';
import { useDisplay } from '../design/display.svelte';
import { useLanguage } from '../i18n';

interface Profile {
  profiles: ProfileList | undefined;
  status: Status | undefined;
  closed: Problem | undefined;
  problem: Problem | undefined;
}

const profile = $state<Profile>({ profiles: undefined, status: undefined, closed: undefined, problem: undefined });

/** The profiles of this machine, once they are known. */
export const profiles = (): ProfileList | undefined => profile.profiles;

/** The open profile, or nothing while none is open. */
export const openStatus = (): Status | undefined => profile.status;

/** Why the profile that should be open is not; nothing when none was chosen yet. */
export const closedBecause = (): Problem | undefined => profile.closed;

/** Why the machine could not be asked. */
export const openProblem = (): Problem | undefined => profile.problem;

/** The open profile. Only screens inside the frame ask: the frame stands only around an open, enrolled profile. */
export function status(): Status {
  if (!profile.status) throw new Error('no profile is open');
  return profile.status;
}

/** Who the open profile is. */
export function identity(): Identity {
  const known = status().identity;
  if (!known) throw new Error('the profile is not enrolled');
  return known;
}

/** What the open profile may do. */
export const role = (): RoleName => identity().role;

/** Asks which profiles there are and how the open one stands. */
export async function findOut(): Promise<void> {
  try {
    profile.profiles = await call('profiles.list', {});
    if (profile.profiles.open === null) {
      profile.closed = await whyClosed();
      profile.status = undefined;
    } else {
      takeStatus(await call('status.get', {}));
      profile.closed = undefined;
    }
    profile.problem = undefined;
  } catch (reason) {
    if (!(reason instanceof Problem)) throw reason;
    profile.problem = reason;
  }
}

// Choosing a profile and giving its passphrase are asked for anyway.
const ordinary = ['no_profile_open', 'passphrase_needed', 'wrong_passphrase'];

async function whyClosed(): Promise<Problem | undefined> {
  try {
    await call('status.get', {});
  } catch (reason) {
    if (!(reason instanceof Problem)) throw reason;
    if (!ordinary.includes(reason.code)) return reason;
  }
  return undefined;
}

/** Asks how the open profile stands; a failure leaves what is known on screen. */
export async function refreshStatus(): Promise<void> {
  if (!profile.status) return;
  try {
    takeStatus(await call('status.get', {}));
  } catch (reason) {
    if (!(reason instanceof Problem)) throw reason;
    if (reason.code === 'no_profile_open' || reason.code === 'passphrase_needed') await findOut();
  }
}

/** Shows a status that an act returned. */
export function takeStatus(status: Status): void {
  profile.status = status;
  if (status.settings.language) useLanguage(status.settings.language);
  useDisplay(status.settings.sunlight ? 'sunlight' : 'regular');
}

/** Takes the answer of `profiles.add`, `profiles.open` or `profiles.close`, and opens what is open now. */
export async function takeProfiles(list: ProfileList): Promise<void> {
  profile.profiles = list;
  profile.status = undefined;
  await findOut();
}

/** Changes some settings of the open profile; without one they are kept on this machine only. Throws `Problem`. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  if (change.language) useLanguage(change.language);
  if (change.sunlight !== undefined) useDisplay(change.sunlight ? 'sunlight' : 'regular');
  if (!profile.status) return;
  const settings = await call('settings.set', { ...profile.status.settings, ...change });
  if (profile.status) profile.status.settings = settings;
}

/** What the exchange is doing, as heard between two statuses. */
export function heardExchange(state: Status['exchange']): void {
  if (profile.status) profile.status.exchange = state;
}
