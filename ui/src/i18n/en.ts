import { frame } from './en/frame';
import { common } from './en/common';
import { records } from './en/records';
import { problems } from './en/problems';
import { start } from './en/start';
import { home } from './en/home';
import { models } from './en/models';
import { registration } from './en/registration';
import { evidence } from './en/evidence';
import { search } from './en/search';
import { differences } from './en/differences';
import { reference } from './en/reference';
import { visits } from './en/visits';
import { scores } from './en/scores';
import { totals } from './en/totals';
import { sync } from './en/sync';
import { routes } from './en/routes';
import { scan } from './en/scan';
import { settings } from './en/settings';
import { campaigns } from './en/campaigns';
import { devices } from './en/devices';
import type { Catalogue } from './catalogue';

/** English words for the keys of `vi`; a missing, extra or misspelt key does not compile in its area's file. */
export const en: Catalogue = {
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
};
