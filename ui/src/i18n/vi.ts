import { frame } from './vi/frame';
import { common } from './vi/common';
import { records } from './vi/records';
import { problems } from './vi/problems';
import { start } from './vi/start';
import { home } from './vi/home';
import { models } from './vi/models';
import { registration } from './vi/registration';
import { evidence } from './vi/evidence';
import { search } from './vi/search';
import { differences } from './vi/differences';
import { reference } from './vi/reference';
import { visits } from './vi/visits';
import { scores } from './vi/scores';
import { totals } from './vi/totals';
import { sync } from './vi/sync';
import { routes } from './vi/routes';
import { scan } from './vi/scan';
import { settings } from './vi/settings';
import { campaigns } from './vi/campaigns';
import { devices } from './vi/devices';

/** What people read, one file per area. Vietnamese comes first: its keys are the catalogue, and English must have exactly these. */
export const vi = {
  ...frame,
  ...common,
  ...records,
  ...problems,
  ...start,
  ...home,
  ...models,
  ...registration,
  ...evidence,
  ...search,
  ...differences,
  ...reference,
  ...visits,
  ...scores,
  ...totals,
  ...sync,
  ...routes,
  ...scan,
  ...settings,
  ...campaigns,
  ...devices,
} as const;
