// Every screen, by who reaches it.
import type { Busy } from './busy';
import type { Device, Province } from './province';

export interface Desk {
  role: string;
  device: Device;
  /** Addresses of the screens this role reaches. */
  screens: readonly string[];
}

const everyone = ['/overview', '/models', '/search?q=bua', '/differences', '/totals', '/reference', '/sync', '/settings'];

/** The desks of a busy province with their screens. */
export function desks(province: Province, { posts, delegation, visit, registrations: { accepted, submitted, returned, draft } }: Busy): Desk[] {
  const visits = ['/visits', `/visits/${visit}`, `/visits/${visit}/score/${accepted}`, `/visits/${visit}/agree/${accepted}`];
  const reference = ['/reference/cycles', '/reference/schemes', '/reference/criteria'];
  const provincial = [...everyone, ...reference, '/reference/import', '/campaigns', '/devices', `/models/${submitted}`];
  return [
    { role: 'post', device: posts[0], screens: [...everyone, ...reference, `/models/${draft}`, `/models/${returned}`, `/models/${accepted}`, '/unit-figures', '/visits', '/nowhere'] },
    { role: 'member', device: delegation.members[0], screens: [...everyone, ...visits, `/models/${accepted}`] },
    { role: 'secretary', device: delegation.secretary, screens: [...everyone, ...visits] },
    { role: 'head', device: delegation.head, screens: ['/overview', ...visits] },
    { role: 'compiler', device: province.compiler, screens: [...provincial, ...visits] },
    { role: 'administrator', device: province.administrator, screens: provincial },
  ];
}
