import type { RoleName } from '../backend/backend';
import type { PlainKey } from '../i18n';
import type { IconName } from '../parts/icons';

/** A section of the product, reachable from the rail or the bottom bar. */
export interface Place {
  /** Its first screen: `/models`. */
  path: string;
  /** Beginnings of other addresses that belong to it. */
  also?: readonly string[];
  /** Who works in it; everyone when left out. */
  roles?: readonly RoleName[];
  label: PlainKey;
  /** Where the label does not fit a fifth of a phone's width. */
  shortLabel?: PlainKey;
  icon: IconName;
  /** How many things in it wait for a person; 0 shows nothing. */
  waiting?: number;
}

const provincial: readonly RoleName[] = ['compiler', 'administrator'];
const delegation: readonly RoleName[] = ['head', 'secretary', 'member'];
/** Who receives what units write; an administrator looks after units, devices and delegations, and receives none of it. */
const withUnits: readonly RoleName[] = ['post', ...delegation, 'compiler'];

/** All sections in their order on the rail. A section appears only once it has a screen. */
export const places: readonly Place[] = [
  { path: '/overview', label: 'nav.overview', icon: 'overview' },
  { path: '/models', also: ['/unit-figures', '/differences'], roles: withUnits, label: 'nav.models', icon: 'models' },
  { path: '/visits', also: ['/scores'], roles: [...delegation, 'post'], label: 'nav.survey', icon: 'survey' },
  { path: '/campaigns', also: ['/visits', '/scores'], roles: provincial, label: 'nav.survey', icon: 'survey' },
  // Who holds all that a total speaks of: a unit of its own models, a compiler of the province.
  { path: '/totals', roles: ['post', 'compiler'], label: 'nav.totals', icon: 'reports' },
  { path: '/reference', label: 'nav.reference', icon: 'unit' },
  { path: '/devices', roles: provincial, label: 'nav.devices', icon: 'lock' },
  { path: '/sync', also: ['/differences'], label: 'nav.sync', shortLabel: 'nav.syncShort', icon: 'sync' },
  { path: '/settings', label: 'nav.settings', icon: 'settings' },
];

/** What each role reaches most often, in thumb order; the rest stands behind "Thêm". */
const nearest: Record<RoleName, readonly string[]> = {
  post: ['/overview', '/models', '/visits', '/sync'],
  head: ['/overview', '/visits', '/models', '/sync'],
  secretary: ['/overview', '/visits', '/models', '/sync'],
  member: ['/overview', '/visits', '/models', '/sync'],
  compiler: ['/overview', '/models', '/totals', '/sync'],
  administrator: ['/overview', '/devices', '/reference', '/sync'],
};

/** The sections a role works in. */
export function placesOf(role: RoleName): Place[] {
  return places.filter((place) => place.roles?.includes(role) ?? true);
}

/** Splits the sections for a phone: at most five in the bar, or four and "Thêm" when there are more. */
export function forPhone(all: readonly Place[], role: RoleName): { bar: Place[]; behind: Place[] } {
  if (all.length <= 5) return { bar: [...all], behind: [] };
  const order = nearest[role];
  const bar = order.flatMap((path) => all.find((place) => place.path === path) ?? []).slice(0, 4);
  return { bar, behind: all.filter((place) => !bar.includes(place)) };
}

/** The section an address belongs to: `/models/…` lights `Mô hình`. */
export function placeOf(all: readonly Place[], path: string): Place | undefined {
  const within = (start: string): boolean => path === start || path.startsWith(`${start}/`);
  return all.find((place) => within(place.path)) ?? all.find((place) => place.also?.some(within));
}

/** Whether a role works at an address: one that belongs to sections of other roles only is not opened. */
export function opensTo(role: RoleName, path: string): boolean {
  const within = (start: string): boolean => path === start || path.startsWith(`${start}/`);
  const owners = places.filter((place) => within(place.path) || place.also?.some(within));
  return owners.length === 0 || owners.some((place) => place.roles?.includes(role) ?? true);
}
