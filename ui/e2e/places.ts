// Every screen, by who reaches it.
import type { Busy } from './busy';
import type { Device, Province } from './province';

export const roles = ['post', 'member', 'secretary', 'head', 'compiler', 'administrator'] as const;
export type Role = (typeof roles)[number];

export interface Desk {
  device: Device;
  /** Addresses of the screens this role reaches. */
  screens: readonly string[];
}

const everyone = ['/overview', '/models', '/search?q=bua', '/differences', '/totals', '/reference', '/sync', '/settings'];

/** The desk of a role in a busy province. */
export function deskOf(role: Role, province: Province, { posts, delegation, visit, registrations: { accepted, submitted, returned, draft } }: Busy): Desk {
  const visits = ['/visits', `/visits/${visit}`, `/visits/${visit}/score/${accepted}`, `/visits/${visit}/agree/${accepted}`];
  const reference = ['/reference/cycles', '/reference/schemes', '/reference/criteria'];
  const provincial = [...everyone, ...reference, '/reference/import', '/campaigns', '/devices', `/models/${submitted}`];
  switch (role) {
    case 'post':
      return { device: posts[0], screens: [...everyone, ...reference, `/models/${draft}`, `/models/${returned}`, `/models/${accepted}`, '/unit-figures', '/visits', '/nowhere'] };
    case 'member':
      return { device: delegation.members[0], screens: [...everyone, ...visits, `/models/${accepted}`] };
    case 'secretary':
      return { device: delegation.secretary, screens: [...everyone, ...visits] };
    case 'head':
      return { device: delegation.head, screens: ['/overview', ...visits] };
    case 'compiler':
      return { device: province.compiler, screens: [...provincial, ...visits] };
    case 'administrator':
      return { device: province.administrator, screens: provincial };
  }
}
